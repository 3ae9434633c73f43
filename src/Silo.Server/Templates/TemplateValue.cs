using System.Text.Json;

namespace Silo.Server.Templates;

/// <summary>
/// The data of a template as plain values: text, <see cref="TemplateNumber"/>, bool, null, <see cref="TemplateObject"/>, a list, or
/// one of the two marks here. Nothing of .NET can be reached from them.
/// </summary>
internal static class TemplateValue
{
    /// <summary>An attribute that is not there.</summary>
    public static object Missing { get; } = new Mark("missing");

    /// <summary>A text that is JSON but not Unicode: half a surrogate pair.</summary>
    public static object BrokenText { get; } = new Mark("broken text");

    /// <summary>Copies an element; the depth is bounded by the parser of the JSON.</summary>
    public static object? Of(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new TemplateObject();
                foreach (var property in element.EnumerateObject())
                    if (TextOf(property) is { } name) members[name] = Of(property.Value);
                return members;
            case JsonValueKind.Array:
                var items = new List<object?>(element.GetArrayLength());
                foreach (var item in element.EnumerateArray()) items.Add(Of(item));
                return items;
            case JsonValueKind.String:
                return Text(element);
            case JsonValueKind.Number:
                return new TemplateNumber(element.GetRawText(), element.TryGetDouble(out var number) ? number : 1);
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                return null;
        }
    }

    public static object? MemberOf(object? value, string name) => value switch
    {
        TemplateObject members => members.TryGetValue(name, out var member) ? member : Missing,
        List<object?> items when name == "length" => new TemplateNumber(items.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), items.Count),
        List<object?> items => IndexOf(name) is { } index && index < items.Count ? items[index] : Missing,
        _ => Missing,
    };

    /// <summary>What <c>if</c> takes for no: false, 0, an empty text or list, nothing.</summary>
    public static bool IsFalse(object? value) => value is TemplateNumber { Value: 0 } || IsEmpty(value);

    /// <summary>What <c>with</c> takes for nothing: the same, but for 0.</summary>
    public static bool IsEmpty(object? value) =>
        value is null or false or "" or List<object?> { Count: 0 } || ReferenceEquals(value, Missing);

    private static int? IndexOf(string name) =>
        name.Length is > 0 and < 7 && int.TryParse(name, System.Globalization.NumberStyles.None, null, out var index) ? index : null;

    private static object Text(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return BrokenText;
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

    private sealed record Mark(string Name);
}

/// <summary>Members in the order of the data.</summary>
internal sealed class TemplateObject() : OrderedDictionary<string, object?>(StringComparer.Ordinal);

/// <param name="Text">As it stands in the data, which is how it is written.</param>
internal sealed record TemplateNumber(string Text, double Value);
