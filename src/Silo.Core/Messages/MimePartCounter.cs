using System.Text;

namespace Silo.Core.Messages;

/// <summary>
/// Counts the parts of a message by walking its multipart delimiters once (RFC 2046 5.1.1). What is inside a message/rfc822 part is
/// that part's content and does not count.
/// </summary>
internal static class MimePartCounter
{
    private const int MaxBoundaryBytes = 70;

    /// <summary>Answers what is wrong, or null. A message without structure has one part; multiparts count too.</summary>
    public static string? Count(ReadOnlySpan<byte> content, HeaderBlock block, out int parts)
    {
        parts = 1;
        var open = new List<byte[]>();
        if (BoundaryOf(content, block) is not { } outermost) return null;
        open.Add(outermost);
        var position = block.BodyStart;
        while (open.Count > 0)
        {
            position = NextDashes(content, position, block.BodyStart);
            if (position < 0) return null; // Closing delimiters may be missing; mail programs take the rest as the last part.
            var lineEnd = content[position..].IndexOf("\r\n"u8);
            lineEnd = lineEnd < 0 ? content.Length : position + lineEnd;
            var level = Match(open, content[(position + 2)..lineEnd], out var isClosing);
            position = Math.Min(lineEnd + 2, content.Length);
            if (level < 0) continue;
            // A delimiter of an outer multipart ends the inner ones.
            open.RemoveRange(level + 1, open.Count - level - 1);
            if (isClosing)
            {
                open.RemoveAt(level);
                continue;
            }

            if (++parts > MessageLimits.MaxMimeParts) return $"has more than {MessageLimits.MaxMimeParts} MIME parts";
            if (ReadPart(content, ref position, out var boundary) is { } fault) return fault;
            if (boundary is null) continue;
            if (open.Count == MessageLimits.MaxMimeDepth) return $"nests multiparts more than {MessageLimits.MaxMimeDepth} deep";
            open.Add(boundary);
        }

        return null;
    }

    /// <summary>Headers of a part up to the next delimiter at most, so that each byte is looked at a bounded number of times.</summary>
    private static string? ReadPart(ReadOnlySpan<byte> content, ref int position, out byte[]? boundary)
    {
        boundary = null;
        var part = content[position..];
        var window = part[..Math.Min(part.Length, MessageLimits.MaxHeaderBlockBytes)];
        // A part may have no headers at all, or bad ones: mail programs then read it as plain text, and so do we.
        if (HeaderBlock.Read(window, out var headers) is not null || !headers.IsComplete) return null;
        boundary = BoundaryOf(part, headers);
        if (headers.BodyStart >= 2) position += headers.BodyStart - 2; // The blank line may be the line break of a delimiter.
        return null;
    }

    /// <summary>The next place where a line begins with two hyphens, from a line's start or a CRLF on.</summary>
    private static int NextDashes(ReadOnlySpan<byte> content, int position, int bodyStart)
    {
        if (content[position..].StartsWith("--"u8) && (position == bodyStart || content[position - 1] == '\n')) return position;
        var found = content[position..].IndexOf("\n--"u8);
        return found < 0 ? -1 : position + found + 1;
    }

    private static int Match(List<byte[]> open, ReadOnlySpan<byte> line, out bool isClosing)
    {
        line = line.TrimEnd(" \t"u8);
        for (var level = open.Count - 1; level >= 0; level--)
        {
            isClosing = line.Length == open[level].Length + 2 && line.EndsWith("--"u8);
            if ((isClosing || line.Length == open[level].Length) && line.StartsWith(open[level])) return level;
        }

        isClosing = false;
        return -1;
    }

    /// <summary>The boundary parameter of a multipart's Content-Type; null for everything else.</summary>
    internal static byte[]? BoundaryOf(ReadOnlySpan<byte> content, HeaderBlock block)
    {
        foreach (var field in block.Fields)
        {
            if (!field.Name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)) continue;
            var value = HeaderBlock.Value(content, field);
            if (!value.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)) return null;
            return Parameter(value, "boundary") is { Length: > 0 and <= MaxBoundaryBytes } boundary && Ascii.IsValid(boundary)
                ? Encoding.ASCII.GetBytes(boundary)
                : null;
        }

        return null;
    }

    private static string? Parameter(string value, string name)
    {
        for (var position = value.IndexOf(';'); position >= 0 && position < value.Length;)
        {
            var start = position + 1;
            var quoted = false;
            for (position = start; position < value.Length && (quoted || value[position] != ';'); position++)
            {
                if (value[position] == '\\' && quoted) position++;
                else if (value[position] == '"') quoted = !quoted;
            }

            position = Math.Min(position, value.Length);
            var parameter = value.AsSpan(start, position - start).Trim(" \t");
            var equals = parameter.IndexOf('=');
            if (equals < 0 || !parameter[..equals].TrimEnd(" \t").Equals(name, StringComparison.OrdinalIgnoreCase)) continue;
            var text = parameter[(equals + 1)..].TrimStart(" \t");
            return text is ['"', .., '"'] ? text[1..^1].ToString().Replace("\\", "", StringComparison.Ordinal) : text.ToString();
        }

        return null;
    }
}
