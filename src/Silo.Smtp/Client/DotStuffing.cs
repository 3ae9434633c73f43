namespace Silo.Smtp.Client;

/// <summary>
/// RFC 5321 4.5.2: a dot at the start of a line is doubled. A line starts after any LF here, and after a bare CR, since servers exist
/// that take either for a line end: a message must not be able to end itself and go on with commands of its own.
/// </summary>
internal static class DotStuffing
{
    /// <summary>The offset of the next dot to be doubled, or -1.</summary>
    public static int Next(ReadOnlySpan<byte> content, int from)
    {
        if (from == 0 && content.StartsWith("."u8)) return 0;
        // One byte back: the dot at "from" itself may follow a line end.
        var start = Math.Max(0, from - 1);
        var afterLineFeed = content[start..].IndexOf("\n."u8);
        var searched = afterLineFeed < 0 ? content[start..] : content.Slice(start, afterLineFeed + 1);
        var afterReturn = searched.IndexOf("\r."u8);
        var at = afterReturn >= 0 ? afterReturn : afterLineFeed;
        return at < 0 ? -1 : start + at + 1;
    }

    /// <summary>Adds the message without its end, ending in CRLF.</summary>
    public static async ValueTask<SmtpFault> AddStuffed(Wire wire, ReadOnlyMemory<byte> content, TimeSpan timeout)
    {
        var from = 0;
        for (var dot = Next(content.Span, 0); dot >= 0; dot = Next(content.Span, dot + 1))
        {
            // The run ends with the dot, and the next one begins with it.
            var fault = await wire.AddContent(content[from..(dot + 1)], timeout);
            if (fault != SmtpFault.None) return fault;
            from = dot;
        }

        var last = await wire.AddContent(content[from..], timeout);
        if (last == SmtpFault.None && content.Length > 0 && !content.Span.EndsWith("\r\n"u8)) wire.Add("\r\n"u8);
        return last;
    }
}
