using System.Globalization;
using System.Text.Json;

namespace Silo.Core.Feedback;

/// <summary>Members of JSON from outside: one that is missing or of another kind is not there.</summary>
internal static class JsonMembers
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = FeedbackLimits.MaxJsonDepth };

    /// <summary>Null when the bytes are no JSON object within the limits.</summary>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Length > FeedbackLimits.MaxJsonBytes) return null;
        try
        {
            var document = JsonDocument.Parse(json, Options);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
        }
        catch (JsonException)
        {
        }

        return null;
    }

    public static JsonElement? Object(this JsonElement parent, string name) => Member(parent, name, JsonValueKind.Object);

    /// <summary>The items of a list, at most so many.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement parent, string name, int most) =>
        Member(parent, name, JsonValueKind.Array)?.EnumerateArray().Take(most) ?? [];

    public static string? Text(this JsonElement parent, string name, int most = FeedbackLimits.MaxFieldCharacters) =>
        Member(parent, name, JsonValueKind.String)?.Text(most);

    /// <summary>A string, cut at so many characters; null for anything else.</summary>
    public static string? Text(this JsonElement value, int most = FeedbackLimits.MaxFieldCharacters)
    {
        if (value.ValueKind != JsonValueKind.String) return null;
        try
        {
            var text = value.GetString()!;
            return text.Length > most ? text[..most] : text;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair behind an escape.
            return null;
        }
    }

    public static DateTimeOffset? Instant(this JsonElement parent, string name) =>
        DateTimeOffset.TryParse(
            parent.Text(name, 64), CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)
            ? at : null;

    private static JsonElement? Member(JsonElement parent, string name, JsonValueKind kind)
    {
        try
        {
            return parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == kind
                ? value
                : null;
        }
        catch (InvalidOperationException)
        {
            // A name beside it holds half a surrogate pair.
            return null;
        }
    }
}
