using System.Text;

namespace Silo.Core.Contacts;

/// <summary>A record of a CSV file.</summary>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="Problem">Why it is none; null when it is one.</param>
public sealed record CsvRecord(long Line, IReadOnlyList<string> Fields, string? Problem);

/// <summary>
/// Reads CSV by RFC 4180: fields in quotes may hold commas, line ends and doubled quotes. Line ends are CRLF, LF or CR; empty lines are
/// passed over; a byte order mark is none of the first field. What is no CSV is a record with a problem, and reading goes on behind its line.
/// </summary>
public sealed class CsvReader(TextReader reader)
{
    public const int MaxFields = 64;

    /// <summary>Characters of a record.</summary>
    public const int MaxCharacters = 64 * 1024;

    private long _line = 1;
    private bool _begun;

    /// <summary>Null at the end.</summary>
    public CsvRecord? Read()
    {
        if (!_begun && reader.Peek() == '\ufeff') reader.Read();
        _begun = true;
        while (reader.Peek() is '\r' or '\n') EndLine(reader.Read());
        if (reader.Peek() < 0) return null;
        var (line, fields, field, length) = (_line, new List<string>(), new StringBuilder(), 0);
        while (true)
        {
            field.Clear();
            if (ReadField(field, ref length) is { } problem) return Broken(line, problem);
            fields.Add(field.ToString());
            if (fields.Count > MaxFields) return Broken(line, $"It has more than {MaxFields} fields.");
            var next = reader.Read();
            if (next == ',') continue;
            if (next >= 0) EndLine(next);
            return new CsvRecord(line, fields, null);
        }
    }

    /// <summary>Up to the comma or line end behind the field.</summary>
    private string? ReadField(StringBuilder field, ref int length)
    {
        var quoted = reader.Peek() == '"';
        if (quoted) reader.Read();
        while (true)
        {
            var c = reader.Peek();
            if (++length > MaxCharacters) return $"It has more than {MaxCharacters} characters.";
            if (!quoted)
            {
                if (c is < 0 or ',' or '\r' or '\n') return null;
                if (c == '"') return "It has a quote within a field that is not quoted.";
                field.Append((char)reader.Read());
                continue;
            }

            if (c < 0) return "A quoted field has no end.";
            reader.Read();
            if (c == '"')
            {
                if (reader.Peek() == '"') reader.Read();
                else return reader.Peek() is < 0 or ',' or '\r' or '\n' ? null : "It has text behind a quoted field.";
            }
            else if (c is '\r' or '\n')
            {
                field.Append((char)c);
                if (c == '\r' && reader.Peek() == '\n') field.Append((char)reader.Read());
                _line++;
                continue;
            }

            field.Append((char)c);
        }
    }

    private CsvRecord Broken(long line, string problem)
    {
        int c;
        do c = reader.Read();
        while (c is not (< 0 or '\r' or '\n'));
        if (c >= 0) EndLine(c);
        return new CsvRecord(line, [], problem);
    }

    private void EndLine(int c)
    {
        if (c == '\r' && reader.Peek() == '\n') reader.Read();
        _line++;
    }
}
