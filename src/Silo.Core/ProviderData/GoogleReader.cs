using System.Text.Json;

namespace Silo.Core.ProviderData;

/// <summary>What an answer of domainStats:query holds.</summary>
/// <param name="Problem">Why it is none, without a full stop; null when it is one.</param>
public sealed record GoogleReading(IReadOnlyList<GoogleDay> Days, string? NextPageToken, string? Problem)
{
    public static GoogleReading None(string problem) => new([], null, problem);
}

/// <summary>
/// Reads answers of the Gmail Postmaster Tools API v2 (developers.google.com/workspace/gmail/postmaster, domains.domainStats.query). Whatever
/// the bytes are, the answer is a <see cref="GoogleReading"/>; an entry that makes no sense is passed over.
/// </summary>
public static class GoogleReader
{
    /// <summary>The names that metrics must be asked for by, upper or lower case: as Google calls the metrics themselves.</summary>
    public const string SpamRate = "SPAM_RATE";
    public const string LoopIds = "FEEDBACK_LOOP_ID";

    /// <summary>Followed by the id of the loop that it was filtered by.</summary>
    public const string LoopRatePrefix = "FEEDBACK_LOOP_SPAM_RATE:";

    private const int MaxTokenCharacters = 4_096;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = ProviderDataLimits.MaxJsonDepth };

    /// <param name="loops">The ids of loops by the names that their metrics were asked for with; null without others than those above.</param>
    public static GoogleReading Read(ReadOnlyMemory<byte> json, IReadOnlyDictionary<string, string>? loops = null)
    {
        if (json.Length > ProviderDataLimits.MaxBytes) return GoogleReading.None("It is larger than 4 MiB");
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            return Read(document.RootElement, loops);
        }
        catch (JsonException)
        {
            return GoogleReading.None("It is no JSON");
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair behind an escape.
            return GoogleReading.None("It holds text that is none");
        }
    }

    private static GoogleReading Read(JsonElement root, IReadOnlyDictionary<string, string>? loops)
    {
        if (root.ValueKind != JsonValueKind.Object) return GoogleReading.None("It is no JSON object");
        // A domain without any data answers {}.
        var isEmpty = !root.EnumerateObject().Any();
        if (Member(root, "domainStats", JsonValueKind.Array) is not { } stats)
            return isEmpty ? new GoogleReading([], null, null) : GoogleReading.None("It has no list domainStats");
        var days = new Dictionary<DateOnly, Collected>();
        foreach (var stat in stats.EnumerateArray().Take(ProviderDataLimits.MaxEntries)) Take(stat, loops, days);
        var token = Text(root, "nextPageToken", MaxTokenCharacters);
        return new GoogleReading(
            [.. days.OrderBy(d => d.Key).Select(d => d.Value.ToDay(d.Key))], string.IsNullOrEmpty(token) ? null : token, null);
    }

    private static void Take(JsonElement stat, IReadOnlyDictionary<string, string>? loops, Dictionary<DateOnly, Collected> days)
    {
        if (stat.ValueKind != JsonValueKind.Object || Text(stat, "metric", MaxTokenCharacters) is not { } metric) return;
        if (Member(stat, "value", JsonValueKind.Object) is not { } value || DayOf(stat) is not { } day) return;
        if (!days.TryGetValue(day, out var collected)) days.Add(day, collected = new Collected());
        var loop = loops is not null && loops.TryGetValue(metric, out var asked) ? asked
            : metric.StartsWith(LoopRatePrefix, StringComparison.OrdinalIgnoreCase) ? metric[LoopRatePrefix.Length..] : null;
        if (loop is not null) collected.Rate(loop, RateOf(value));
        else if (metric.Equals(SpamRate, StringComparison.OrdinalIgnoreCase)) collected.SpamRate = RateOf(value) ?? collected.SpamRate;
        else if (metric.Equals(LoopIds, StringComparison.OrdinalIgnoreCase) && Member(value, "stringList", JsonValueKind.Object) is { } list
            && Member(list, "values", JsonValueKind.Array) is { } ids)
        {
            foreach (var id in ids.EnumerateArray().Take(ProviderDataLimits.MaxLoops))
                if (id.ValueKind == JsonValueKind.String) collected.Rate(id.GetString()!, null);
        }
    }

    // A rate that is left out is not published; 0 is written.
    private static double? RateOf(JsonElement value)
    {
        foreach (var name in (ReadOnlySpan<string>)["floatValue", "doubleValue"])
            if (Member(value, name, JsonValueKind.Number) is { } number && number.TryGetDouble(out var rate) && rate is >= 0 and <= 1)
                return rate;
        return null;
    }

    private static DateOnly? DayOf(JsonElement stat)
    {
        if (Member(stat, "date", JsonValueKind.Object) is not { } date) return null;
        if (Number(date, "year") is not (>= 2000 and <= 9998 and var year)) return null;
        if (Number(date, "month") is not (>= 1 and <= 12 and var month)) return null;
        return Number(date, "day") is >= 1 and var day && day <= DateTime.DaysInMonth(year, month) ? new DateOnly(year, month, day) : null;
    }

    private static int? Number(JsonElement parent, string name) =>
        Member(parent, name, JsonValueKind.Number) is { } number && number.TryGetInt32(out var value) ? value : null;

    private static string? Text(JsonElement parent, string name, int most) =>
        Member(parent, name, JsonValueKind.String)?.GetString() is { } text && text.Length <= most ? text : null;

    private static JsonElement? Member(JsonElement parent, string name, JsonValueKind kind) =>
        parent.TryGetProperty(name, out var member) && member.ValueKind == kind ? member : null;

    private sealed class Collected
    {
        private readonly Dictionary<string, double?> _loops = new(StringComparer.Ordinal);

        public double? SpamRate { get; set; }

        public void Rate(string loop, double? rate)
        {
            if (loop.Length is 0 or > ProviderDataLimits.MaxLoopCharacters) return;
            if (_loops.TryGetValue(loop, out var known)) _loops[loop] = rate ?? known;
            else if (_loops.Count < ProviderDataLimits.MaxLoops) _loops.Add(loop, rate);
        }

        public GoogleDay ToDay(DateOnly day) => new(day)
        {
            SpamRate = SpamRate, Loops = [.. _loops.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => new LoopRate(l.Key, l.Value))],
        };
    }
}
