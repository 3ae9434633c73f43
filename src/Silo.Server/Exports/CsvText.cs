using System.Text;

namespace Silo.Server.Exports;

/// <summary>Rows of CSV (RFC 4180) that a spreadsheet can open without harm.</summary>
internal static class CsvText
{
    /// <summary>A line with its end.</summary>
    public static byte[] Line(params ReadOnlySpan<string?> fields)
    {
        var line = new StringBuilder();
        for (var i = 0; i < fields.Length; i++)
        {
            if (i > 0) line.Append(',');
            Append(line, fields[i]);
        }

        return Encoding.UTF8.GetBytes(line.Append("\r\n").ToString());
    }

    // What begins like a formula is run as one by spreadsheets, and subjects are written by strangers: an apostrophe in front makes it text.
    private static void Append(StringBuilder line, string? field)
    {
        if (string.IsNullOrEmpty(field)) return;
        var isFormula = field[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' || field[0] is '＝' or '＋' or '－' or '＠';
        if (!isFormula && field.AsSpan().IndexOfAny("\",\r\n") < 0)
        {
            line.Append(field);
            return;
        }

        line.Append('"').Append(isFormula ? "'" : "").Append(field.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }
}
