using System.Globalization;

namespace Silo.Core.Messages;

/// <summary>When a message is to leave that its sender does not want to leave at once.</summary>
public static class SendSchedule
{
    /// <summary>The header of a request, and of raw and submitted messages; it is removed before delivery.</summary>
    public const string Header = "X-Silo-Schedule";

    /// <summary>As far ahead as a message may be scheduled.</summary>
    public static readonly TimeSpan MostAhead = TimeSpan.FromDays(7);

    /// <summary>An instant that passed no longer ago means at once: a message may be under way for a while, and clocks differ.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>An instant of RFC 3339 5.6, with its offset, as 2026-03-02T12:00:00Z; fractions of a second up to 7 digits.</summary>
    public static bool TryParse(string? text, out DateTimeOffset instant)
    {
        instant = default;
        if (text is not { Length: >= 20 and <= 40 }) return false;
        var upper = text.ToUpperInvariant();
        // Without one it would be taken for an instant of some other zone.
        if (upper[^1] != 'Z' && upper[^6] is not ('+' or '-')) return false;
        return DateTimeOffset.TryParseExact(
            upper, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture,
            DateTimeStyles.AdjustToUniversal, out instant);
    }

    /// <summary>Why a message cannot be scheduled for that instant; null when it can.</summary>
    /// <param name="mostAhead">Up to <see cref="MostAhead"/>.</param>
    public static string? Check(DateTimeOffset instant, DateTimeOffset now, TimeSpan mostAhead) =>
        instant < now - Tolerance ? $"{Header} is an instant that has passed"
        : instant > now + mostAhead ? string.Create(
            CultureInfo.InvariantCulture, $"{Header} is more than {mostAhead.TotalHours:0.##} hours ahead, which is the limit")
        : null;
}
