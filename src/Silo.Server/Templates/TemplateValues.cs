using System.Collections;
using System.Text.Json;

namespace Silo.Server.Templates;

/// <summary>
/// The data of a template as the template engine sees it: text, bool and the types here. The engine knows their members from
/// <see cref="TemplateMembers"/> alone, so that nothing of .NET can be reached from a template.
/// </summary>
internal abstract class TemplateValue
{
    /// <summary>Copies an element; the depth is bounded by the parser of the JSON.</summary>
    /// <param name="path">How a message calls it; empty for what has no name of its own.</param>
    public static object Of(JsonElement element, TemplateRun run, string path)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new TemplateObject(run, path);
                foreach (var property in element.EnumerateObject())
                    if (TextOf(property) is { } name) members.Members[name] = Of(property.Value, run, members.PathOf(name));
                return members;
            case JsonValueKind.Array:
                var items = new TemplateList(run, path);
                foreach (var item in element.EnumerateArray()) items.Items.Add(Of(item, run, ""));
                return items;
            case JsonValueKind.String:
                return TextOf(element) ?? (object)new TemplateBrokenText(path);
            case JsonValueKind.Number:
                // What is too great for a double is not zero.
                return element.TryGetDouble(out var number) && number == 0
                    ? new TemplateZero(element.GetRawText()) : new TemplateNumber(element.GetRawText());
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                return new TemplateNull(path);
        }
    }

    // An escape such as \ud800 alone is JSON, but no text.
    private static string? TextOf(JsonElement element)
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? TextOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null; // No template can name it.
        }
    }
}

/// <summary>How messages call values. Each value has its own, so they are kept no longer than they are shown.</summary>
internal static class TemplatePath
{
    public const int MaxShown = 100;

    public static string Below(string parent, string name)
    {
        // One character more than is shown tells that it was longer; all below has that very text.
        if (parent.Length > MaxShown) return parent;
        var shown = name.Length <= MaxShown ? name : name[..(MaxShown + 1)];
        var path = parent.Length == 0 ? shown : $"{parent}.{shown}";
        return path.Length <= MaxShown ? path : path[..(MaxShown + 1)];
    }

    public static string Shown(string path) => path.Length <= MaxShown ? path : $"{path[..MaxShown]}…";
}

internal sealed class TemplateObject(TemplateRun run, string path) : TemplateValue
{
    public TemplateRun Run { get; } = run;

    public string Path { get; } = path;

    /// <summary>In the order of the data.</summary>
    public OrderedDictionary<string, object> Members { get; } = new(StringComparer.Ordinal);

    public string PathOf(string member) => TemplatePath.Below(Path, member);
}

internal sealed class TemplateList(TemplateRun run, string path) : TemplateValue, IEnumerable
{
    public TemplateRun Run { get; } = run;

    public string Path { get; } = path;

    public List<object> Items { get; } = [];

    /// <summary>The engine asks this way whether a list is empty; it goes through one by <see cref="TemplateLoop"/>.</summary>
    public IEnumerator GetEnumerator() => Items.GetEnumerator();
}

/// <summary>Written as it stands in the data.</summary>
internal sealed class TemplateNumber(string text) : TemplateValue
{
    public string Text { get; } = text;
}

/// <summary>A text that is JSON but not Unicode: half a surrogate pair.</summary>
internal sealed class TemplateBrokenText(string path) : TemplateValue
{
    public string Path { get; } = path;
}

/// <summary>What counts as no in a question: the engine takes an empty sequence for one, so these are.</summary>
internal abstract class TemplateNo(string path) : TemplateValue, IEnumerable
{
    public string Path { get; } = path;

    public IEnumerator GetEnumerator() => Array.Empty<object>().GetEnumerator();
}

/// <summary>An attribute that is not there.</summary>
/// <param name="parent">How a message calls what it is missing in; empty for what has no name.</param>
internal sealed class TemplateMissing(string parent, string name) : TemplateNo(TemplatePath.Below(parent, name))
{
    /// <summary>The last of its path.</summary>
    public string Name { get; } = name;
}

internal sealed class TemplateNull(string path) : TemplateNo(path);

/// <summary>Written as it stands in the data: 0, 0.00, -0.</summary>
internal sealed class TemplateZero(string text) : TemplateNo("")
{
    public string Text { get; } = text;
}
