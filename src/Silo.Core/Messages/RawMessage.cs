namespace Silo.Core.Messages;

/// <summary>Messages that a sender composed itself: Content.Raw of SendEmail, and DATA of submission.</summary>
public static class RawMessage
{
    private const string Member = "Content.Raw.Data";

    /// <summary>
    /// Checks and reads a message. LF alone is taken for CRLF; CR alone, NUL, lines above 998 bytes, a repeated header that may stand
    /// once, a missing From, more than 500 parts and more than 40 MiB are refused.
    /// </summary>
    public static RawParseResult Parse(ReadOnlyMemory<byte> raw)
    {
        if (raw.Length > MessageLimits.MaxMessageBytes) return Refuse($"has more than {MessageLimits.MaxMessageBytes} bytes");
        if (raw.Span.Contains((byte)0)) return Refuse("holds a NUL");
        if (LineEnds.LongestLine(raw.Span) > MessageLimits.MaxLineBytes)
        {
            return Refuse($"has a line of more than {MessageLimits.MaxLineBytes} bytes");
        }

        if (Normalize(raw) is not { } content) return Refuse("holds a carriage return without a line feed");
        if (HeaderBlock.Read(content.Span, out var block) is { } fault) return Refuse(fault);
        if (!block.IsComplete)
        {
            // Headers alone: the blank line is added, so that what is appended later cannot become part of a body.
            content = Complete(content);
            HeaderBlock.Read(content.Span, out block);
        }

        if (content.Length > MessageLimits.MaxMessageBytes) return Refuse($"has more than {MessageLimits.MaxMessageBytes} bytes");
        if (Repeated(block) is { } name) return Refuse($"has the header {name} more than once");
        if (MimePartCounter.Count(content.Span, block, out var parts) is { } partFault) return Refuse(partFault);
        return RawHeaderReader.Read(content, block, parts, out var message) is { } headerFault
            ? Refuse(headerFault)
            : new RawParseResult.Parsed(message!);
    }

    /// <summary>
    /// The message as it leaves: without X-SES- headers, Bcc and Return-Path, with Date and Message-ID of the service, and
    /// with MIME-Version. All other bytes stay as they are, so that signatures over parts hold.
    /// </summary>
    /// <param name="message">A message that <see cref="Parse"/> took.</param>
    /// <param name="stamp">Id, domain and instant of acceptance.</param>
    /// <param name="added">
    /// Headers of the service; each replaces those of the same name. Names and values by the rules of
    /// <see cref="MessageDraft.ServiceHeaders"/>, else <see cref="ArgumentException"/>: they come from the service, not from a sender.
    /// </param>
    public static ReadOnlyMemory<byte> Rewrite(ParsedMessage message, MessageStamp stamp, IReadOnlyList<MessageHeader>? added = null)
    {
        added ??= [];
        if (CustomHeaders.CheckService(added) is { } refused) throw new ArgumentException(refused.Reason, nameof(added));
        var content = message.Content.Span;
        var writer = new MimeWriter(content.Length + 512 + (added.Count * 128));
        var hasMimeVersion = false;
        // What is new stands first, where relays put their own, and leaves the order of the rest alone.
        StampHeaders.Write(writer, stamp);
        foreach (var (name, value) in added) writer.WriteHeader(name, value);
        foreach (var field in message.Block.Fields)
        {
            if (IsReplaced(field.Name, added)) continue;
            hasMimeVersion |= Is(field.Name, "MIME-Version");
            writer.Write(content[field.Start..field.End]);
        }

        if (!hasMimeVersion) writer.Write("MIME-Version: 1.0\r\n"u8);
        writer.WriteLine();
        writer.Write(content[message.Block.BodyStart..]);
        return writer.Written;
    }

    private static bool IsReplaced(string name, IReadOnlyList<MessageHeader> added)
    {
        if (HeaderNames.IsOfService(name)) return true;
        if (Is(name, "Bcc") || Is(name, "Resent-Bcc") || Is(name, "Return-Path") || Is(name, "Date") || Is(name, "Message-ID")) return true;
        foreach (var header in added)
        {
            if (Is(name, header.Name)) return true;
        }

        return false;
    }

    private static ReadOnlyMemory<byte>? Normalize(ReadOnlyMemory<byte> raw)
    {
        var bytes = raw.Span;
        var bareLineFeeds = false;
        for (var position = 0; ;)
        {
            var other = LineEnds.FirstOther(bytes[position..]);
            if (other < 0) break;
            position += other;
            if (bytes[position] == '\r') return null;
            bareLineFeeds = true;
            position++;
        }

        if (!bareLineFeeds) return raw;
        var target = new byte[bytes.Length + bytes.Count((byte)'\n')];
        return target.AsMemory(0, LineEnds.ToCrlf(bytes, target));
    }

    private static ReadOnlyMemory<byte> Complete(ReadOnlyMemory<byte> content)
    {
        var end = content.Span.EndsWith("\r\n"u8) ? "\r\n"u8 : "\r\n\r\n"u8;
        var target = new byte[content.Length + end.Length];
        content.Span.CopyTo(target);
        end.CopyTo(target.AsSpan(content.Length));
        return target;
    }

    private static string? Repeated(HeaderBlock block)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var field in block.Fields)
        {
            if (HeaderNames.IsSingle(field.Name) && !seen.Add(field.Name)) return field.Name;
        }

        return null;
    }

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static RawParseResult.Refused Refuse(string reason) => new(Member, $"{Member} {reason}.");
}
