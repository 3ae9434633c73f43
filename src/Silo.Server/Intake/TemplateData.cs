using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Silo.Server.Intake;

/// <summary>Looks up what placeholders name, and writes it as Handlebars does.</summary>
internal sealed class TemplateData(JsonElement element)
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create("&<>\"'`=");

    private Dictionary<string, TemplateData>? _members;

    internal enum Value
    {
        Text,
        Missing,
        Structure,
        BrokenText,
    }

    /// <summary>Numbers are written as they stand in the data, null as nothing.</summary>
    public Value Find(ReadOnlySpan<char> path, out string text)
    {
        text = "";
        var data = this;
        foreach (var range in path.Split('.'))
        {
            if (data.Member(path[range]) is not { } member) return Value.Missing;
            data = member;
        }

        return data.Read(out text);
    }

    /// <summary>Of several of the same name the last.</summary>
    private TemplateData? Member(ReadOnlySpan<char> name)
    {
        if (element.ValueKind != JsonValueKind.Object) return null;
        // A search through the element goes over all members, and there may be tens of thousands of them and of placeholders.
        _members ??= Members();
        return _members.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var member) ? member : null;
    }

    private Dictionary<string, TemplateData> Members()
    {
        var members = new Dictionary<string, TemplateData>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            try
            {
                members[property.Name] = new TemplateData(property.Value);
            }
            catch (InvalidOperationException)
            {
                // Half a surrogate pair: no template can name it.
            }
        }

        return members;
    }

    private Value Read(out string text)
    {
        text = "";
        switch (element.ValueKind)
        {
            case JsonValueKind.Object or JsonValueKind.Array:
                return Value.Structure;
            case JsonValueKind.Null:
                return Value.Text;
            case JsonValueKind.String:
                try
                {
                    text = element.GetString()!;
                    return Value.Text;
                }
                catch (InvalidOperationException)
                {
                    return Value.BrokenText; // An escape such as \ud800 alone is JSON, but no text.
                }

            default:
                text = element.GetRawText();
                return Value.Text;
        }
    }

    /// <summary>Null for a value that can be written.</summary>
    public static RenderResult.Failed? FaultOf(Value value, ReadOnlySpan<char> path) => value switch
    {
        Value.Text => null,
        Value.Missing => new RenderResult.Failed(RenderFault.MissingAttribute, "TemplateData",
            $"Attribute '{Shown(path)}' is not present in the rendering data."),
        Value.Structure => new RenderResult.Failed(RenderFault.Data, "TemplateData",
            $"Attribute '{Shown(path)}' is an object or a list, which plain substitution cannot write."),
        _ => new RenderResult.Failed(RenderFault.Data, "TemplateData", $"Attribute '{Shown(path)}' is not valid Unicode text."),
    };

    // A template may hold a path of any length; an error need not.
    private static string Shown(ReadOnlySpan<char> path) => path.Length <= 100 ? path.ToString() : $"{path[..100]}…";

    /// <summary>The characters that Handlebars escapes, in its spelling.</summary>
    public static void AppendEscaped(StringBuilder output, ReadOnlySpan<char> text)
    {
        while (text.IndexOfAny(Escaped) is var found and >= 0)
        {
            output.Append(text[..found]).Append(text[found] switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#x27;",
                '`' => "&#x60;",
                _ => "&#x3D;",
            });
            text = text[(found + 1)..];
        }

        output.Append(text);
    }
}
