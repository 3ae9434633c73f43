using System.Globalization;

namespace Silo.LoadTest.Marks;

/// <summary>
/// What every message of a run carries in the header <see cref="Header"/>, so that the sink can tell which it is without asking the
/// generator: <c>run=1a2b;tenant=17;lane=3;number=42;due=638…</c>
/// </summary>
/// <param name="Run">Of one run, so that what is left of the one before is told apart; 1–16 characters of <c>0-9a-f</c>.</param>
/// <param name="Tenant">0 and up, in the order of the scenario's tenants.</param>
/// <param name="Lane">
/// Of one tenant, stream, provider and sender: within one, messages begin to leave in the order in which they were accepted. Numbered over
/// the whole run, as they come up.
/// </param>
/// <param name="Number">Within the lane, from 0, in the order of sending. One sender per lane keeps this the order of acceptance.</param>
/// <param name="Due">
/// The instant at which the generator meant to send it (UTC ticks): latency counts from here, however late it came to it.
/// </param>
internal readonly record struct LoadMark(string Run, int Tenant, int Lane, long Number, long Due)
{
    public const string Header = "X-Silo-Load";

    /// <summary>Longest text of a mark, in characters.</summary>
    public const int MaxLength = 120;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"run={Run};tenant={Tenant};lane={Lane};number={Number};due={Due}");

    /// <summary>False for anything that <see cref="ToString"/> would not have written.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out LoadMark mark)
    {
        mark = default;
        text = text.Trim();
        if (text.Length > MaxLength) return false;
        Span<Range> parts = stackalloc Range[6];
        if (text.Split(parts, ';') != 5) return false;
        if (!TryTake(text[parts[0]], "run=", out var run) || run.Length is < 1 or > 16 || run.ContainsAnyExcept("0123456789abcdef"))
            return false;
        if (!TryNumber(text[parts[1]], "tenant=", out var tenant) || tenant > int.MaxValue) return false;
        if (!TryNumber(text[parts[2]], "lane=", out var lane) || lane > int.MaxValue) return false;
        if (!TryNumber(text[parts[3]], "number=", out var number) || !TryNumber(text[parts[4]], "due=", out var due)) return false;
        mark = new LoadMark(run.ToString(), (int)tenant, (int)lane, number, due);
        return true;
    }

    private static bool TryTake(ReadOnlySpan<char> part, string name, out ReadOnlySpan<char> value)
    {
        value = part.StartsWith(name, StringComparison.Ordinal) ? part[name.Length..] : default;
        return !value.IsEmpty;
    }

    private static bool TryNumber(ReadOnlySpan<char> part, string name, out long value)
    {
        value = 0;
        return TryTake(part, name, out var digits) && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
