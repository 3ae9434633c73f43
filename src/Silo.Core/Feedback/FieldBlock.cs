using System.Text;

namespace Silo.Core.Feedback;

/// <summary>One field of a header or of a report's group.</summary>
/// <param name="Value">Unfolded, without control characters, cut at <see cref="FeedbackLimits.MaxFieldCharacters"/>.</param>
internal readonly record struct Field(string Name, string Value);

/// <summary>
/// A block of "Name: value" lines up to a blank one, read leniently: line ends may be CRLF or LF, and a line that is no field is passed
/// over, since what strangers send is often not quite as it should be.
/// </summary>
internal sealed class FieldBlock
{
    public static FieldBlock Empty { get; } = new();

    private readonly List<Field> _fields = [];

    public IReadOnlyList<Field> Fields => _fields;

    /// <summary>Where what follows the blank line begins; the length of the text when there is none.</summary>
    public int End { get; private set; }

    /// <summary>The first value of that name, whatever the case; null when there is none.</summary>
    public string? First(string name)
    {
        foreach (var field in _fields)
            if (field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return field.Value;
        return null;
    }

    public IEnumerable<string> All(string name) =>
        _fields.Where(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(f => f.Value);

    public static FieldBlock Read(ReadOnlySpan<byte> text)
    {
        var block = new FieldBlock();
        var position = 0;
        while (position < text.Length)
        {
            var line = LineAt(text, position, out var next);
            if (IsBlank(line))
            {
                block.End = next;
                return block;
            }

            // Folded lines belong to it: they begin with a blank.
            var end = next;
            while (end < text.Length && text[end] is (byte)' ' or (byte)'\t' && !IsBlank(LineAt(text, end, out var after))) end = after;

            if (block._fields.Count < FeedbackLimits.MaxFields && position < FeedbackLimits.MaxHeaderBytes) block.Add(text[position..end]);
            position = end;
        }

        block.End = text.Length;
        return block;
    }

    /// <summary>The line without its end; <paramref name="next"/> is where the following one begins.</summary>
    public static ReadOnlySpan<byte> LineAt(ReadOnlySpan<byte> text, int position, out int next)
    {
        var length = text[position..].IndexOf((byte)'\n');
        next = length < 0 ? text.Length : position + length + 1;
        var line = length < 0 ? text[position..] : text.Slice(position, length);
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.Trim(" \t"u8).IsEmpty;

    private void Add(ReadOnlySpan<byte> field)
    {
        var colon = field.IndexOf((byte)':');
        if (colon <= 0) return;
        var name = field[..colon].TrimEnd(" \t"u8);
        if (name.IsEmpty || name.Length > 128 || name.ContainsAnyExceptInRange((byte)'!', (byte)'~')) return;
        // Four bytes a character at most, so that what is decoded is bounded as well.
        var value = field[(colon + 1)..];
        if (value.Length > FeedbackLimits.MaxFieldCharacters * 4) value = value[..(FeedbackLimits.MaxFieldCharacters * 4)];
        _fields.Add(new Field(Encoding.ASCII.GetString(name), Text(value)));
    }

    /// <summary>As text without control characters: it ends in logs and consoles.</summary>
    private static string Text(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var c in Encoding.UTF8.GetString(bytes))
        {
            // The line end of a fold is nothing; the blank behind it stays.
            if (c is '\r' or '\n') continue;
            text.Append(char.IsControl(c) ? ' ' : c);
        }

        var trimmed = text.ToString().Trim();
        return trimmed.Length > FeedbackLimits.MaxFieldCharacters ? trimmed[..FeedbackLimits.MaxFieldCharacters] : trimmed;
    }
}
