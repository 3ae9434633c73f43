using System.Globalization;
using System.Text;

namespace Silo.Core.ProviderData;

/// <param name="Skipped">Rows that are none; a line of headings is not counted.</param>
/// <param name="Problem">Why it is nothing of SNDS, without a full stop; null when it is.</param>
public sealed record SndsReading(IReadOnlyList<SndsRow> Rows, int Skipped, string? Problem);

/// <summary>
/// Reads the data file of Microsoft's Smart Network Data Services ("Automated Data Access"): CSV without headings, one row for each address
/// and day. Whatever the bytes are, the answer is a <see cref="SndsReading"/>.
/// </summary>
public static class SndsReader
{
    // Address, activity from and to, RCPT commands, DATA commands, message recipients, filter result, complaint rate, trap messages from and
    // to, trap hits, sample HELO, sample MAIL FROM, comments.
    private const int LeastColumns = 11;
    private const int MaxColumns = 32;

    private static readonly string[] Times = ["M/d/yyyy h:mm tt", "M/d/yyyy H:mm", "M/d/yyyy h:mm:ss tt", "M/d/yyyy"];

    public static SndsReading Read(ReadOnlySpan<byte> csv)
    {
        if (csv.Length > ProviderDataLimits.MaxBytes) return new SndsReading([], 0, "It is larger than 4 MiB");
        var text = Encoding.UTF8.GetString(csv);
        var (rows, skipped, at, isFirst) = (new List<SndsRow>(), 0, 0, true);
        // An address and a day stand there once; of two the later one holds.
        while (at < text.Length && rows.Count < ProviderDataLimits.MaxEntries && skipped < ProviderDataLimits.MaxEntries)
        {
            var fields = NextRow(text, ref at);
            if (fields is [{ Length: 0 }]) continue;
            if (RowOf(fields) is { } row) rows.Add(row);
            else if (!isFirst || fields.Count < LeastColumns || !IsHeading(fields[0])) skipped++;
            isFirst = false;
        }

        // No activity is an empty file.
        return rows.Count == 0 && skipped > 0
            ? new SndsReading([], skipped, "No row of it has an address, a day and the columns of SNDS")
            : new SndsReading(rows, skipped, null);
    }

    private static SndsRow? RowOf(List<string> fields)
    {
        if (fields.Count < LeastColumns || !IsAddress(fields[0])) return null;
        if (!DateTime.TryParseExact(fields[1], Times, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out var from)) return null;
        var (rate, below) = RateOf(fields[7]);
        return new SndsRow(fields[0], new SndsDay(DateOnly.FromDateTime(from))
        {
            RecipientCommands = Count(fields[3]), DataCommands = Count(fields[4]), MessageRecipients = Count(fields[5]),
            FilterResult = fields[6].ToUpperInvariant() switch
            {
                "GREEN" => SndsFilterResult.Green, "YELLOW" => SndsFilterResult.Yellow, "RED" => SndsFilterResult.Red,
                _ => SndsFilterResult.Unknown,
            },
            ComplaintRate = rate, ComplaintRateBelow = below, TrapHits = Count(fields[10]), SampleHello = Kept(fields, 11),
            SampleSender = Kept(fields, 12), Comments = Kept(fields, 13),
        });
    }

    private static bool IsHeading(string field) => field.StartsWith("IP", StringComparison.OrdinalIgnoreCase);

    private static bool IsAddress(string text) =>
        text.Length is >= 2 and <= 45 && text.All(c => char.IsAsciiHexDigit(c) || c is '.' or ':') && (text.Contains('.') || text.Contains(':'));

    private static long Count(string text) =>
        long.TryParse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var count) && count >= 0 ? count : 0;

    // "< 0.1%", "0.3%"
    private static (double? Rate, double? Below) RateOf(string text)
    {
        var isBelow = text.StartsWith('<');
        var number = text.AsSpan(isBelow ? 1 : 0).Trim();
        if (!number.EndsWith("%")) return default;
        if (!double.TryParse(number[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)) return default;
        if (percent > 100) return default;
        return isBelow ? (null, percent / 100) : (percent / 100, null);
    }

    private static string? Kept(List<string> fields, int index) => fields.Count <= index || fields[index].Length == 0 ? null
        : fields[index].Length > ProviderDataLimits.MaxFieldCharacters ? fields[index][..ProviderDataLimits.MaxFieldCharacters] : fields[index];

    // RFC 4180, and what stands behind a quoted field's end is kept as it is. Line ends of any kind.
    private static List<string> NextRow(string text, ref int at)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        for (var isQuoted = false; ; at++)
        {
            var ends = at >= text.Length;
            if (!ends && isQuoted)
            {
                if (text[at] != '"') field.Append(text[at]);
                else if (at + 1 < text.Length && text[at + 1] == '"') field.Append(text[++at]);
                else isQuoted = false;
                continue;
            }

            if (!ends && text[at] == '"')
            {
                isQuoted = true;
                continue;
            }

            if (!ends && text[at] is not (',' or '\r' or '\n'))
            {
                field.Append(text[at]);
                continue;
            }

            if (fields.Count < MaxColumns) fields.Add(field.ToString().Trim());
            field.Clear();
            if (!ends && text[at] == ',') continue;
            at++;
            return fields;
        }
    }
}
