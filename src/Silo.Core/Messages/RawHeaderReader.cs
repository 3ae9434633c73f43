using System.Text;
using Silo.Core.Addresses;

namespace Silo.Core.Messages;

/// <summary>Turns the header fields of a raw message into typed values. Single fields are known to stand once.</summary>
internal static class RawHeaderReader
{
    // The longest of them, an ARN with a tenant or an identity in it, has at most this many characters.
    private const int MaxServiceValueCharacters = 1_024;

    /// <summary>Answers what is wrong, or null and the message.</summary>
    public static string? Read(ReadOnlyMemory<byte> content, HeaderBlock block, int parts, out ParsedMessage? message)
    {
        message = null;
        var headers = new List<MessageHeader>(block.Fields.Count);
        foreach (var field in block.Fields) headers.Add(new MessageHeader(field.Name, HeaderBlock.Value(content.Span, field)));

        string? fault = null;
        IReadOnlyList<Mailbox> Addresses(string name)
        {
            List<Mailbox>? all = null;
            foreach (var header in headers)
            {
                if (!Is(header.Name, name)) continue;
                if (!Mailbox.TryParseList(header.Value, true, out var list)) fault ??= $"has a header {name} that is no list of addresses";
                (all ??= []).AddRange(list);
            }

            return all ?? [];
        }

        var from = Addresses("From");
        if (fault is null && from.Count == 0) fault = "has no From header with an address";
        var sender = Addresses("Sender");
        var (to, cc, bcc, replyTo) = (Addresses("To"), Addresses("Cc"), Addresses("Bcc"), Addresses("Reply-To"));
        if (fault is not null) return fault;
        if (ReadReturnPath(Value(headers, "Return-Path"), out var returnPath) is { } returnPathFault) return returnPathFault;
        if (ReadServiceHeaders(headers, out var service) is { } serviceFault) return serviceFault;
        message = new ParsedMessage
        {
            Content = content,
            From = from,
            Sender = sender.Count > 0 ? sender[0] : null,
            To = to,
            Cc = cc,
            Bcc = bcc,
            ReplyTo = replyTo,
            ReturnPath = returnPath,
            Subject = Value(headers, "Subject") is { } subject ? EncodedWord.Decode(subject) : null,
            Service = service,
            MimePartCount = parts,
            NeedsEightBit = !Ascii.IsValid(content.Span[block.BodyStart..]),
            HasNonAsciiHeaders = !Ascii.IsValid(content.Span[..block.BodyStart]),
            Headers = headers,
            Block = block,
        };
        return null;
    }

    private static string? ReadReturnPath(string? value, out EmailAddress? returnPath)
    {
        returnPath = null;
        if (value is null or "<>") return null;
        if (!Mailbox.TryParse(value, true, out var mailbox)) return "has a header Return-Path that is no address";
        returnPath = mailbox.Address;
        return null;
    }

    private static string? ReadServiceHeaders(List<MessageHeader> headers, out ServiceHeaders service)
    {
        service = new ServiceHeaders();
        foreach (var (name, value) in headers)
        {
            if (Is(name, SendSchedule.Header))
            {
                if (!SendSchedule.TryParse(value, out var instant)) return $"has a header {name} that is no instant as 2026-03-02T12:00:00Z";
                service = service with { ScheduledFor = instant };
            }

            if (!name.StartsWith(HeaderNames.ServicePrefix, StringComparison.OrdinalIgnoreCase)) continue;
            if (!Is(name, "X-SES-MESSAGE-TAGS") && (value.Length is 0 or > MaxServiceValueCharacters || !IsPrintable(value)))
            {
                return $"has a header {name} that is empty, too long or not ASCII";
            }

            switch (name.ToUpperInvariant())
            {
                case "X-SES-CONFIGURATION-SET":
                    service = service with { ConfigurationSetName = value };
                    break;
                case "X-SES-TENANT":
                    service = service with { TenantName = value };
                    break;
                case "X-SES-SOURCE-ARN":
                    service = service with { SourceArn = value };
                    break;
                case "X-SES-FROM-ARN":
                    service = service with { FromArn = value };
                    break;
                case "X-SES-RETURN-PATH-ARN":
                    service = service with { ReturnPathArn = value };
                    break;
                case "X-SES-MESSAGE-TAGS":
                    if (!MessageTags.TryParse(value, out var tags)) return $"has a header {name} that is no list of tags (name=value, …)";
                    service = service with { Tags = tags };
                    break;
                case "X-SES-LIST-MANAGEMENT-OPTIONS":
                    if (!TryReadListManagement(value, out var list, out var topic))
                    {
                        return $"has a header {name} that is not of the form list; topic=name";
                    }

                    service = service with { ContactListName = list, TopicName = topic };
                    break;
            }
        }

        return null;
    }

    /// <summary><c>{list}; topic={topic}</c>; the developer guide also shows <c>contactListName=</c> before the list.</summary>
    private static bool TryReadListManagement(string value, out string list, out string? topic)
    {
        topic = null;
        var semicolon = value.IndexOf(';');
        list = (semicolon < 0 ? value : value[..semicolon]).Trim();
        const string listKey = "contactListName=";
        if (list.StartsWith(listKey, StringComparison.OrdinalIgnoreCase)) list = list[listKey.Length..];
        if (list.Length == 0) return false;
        if (semicolon < 0) return true;
        var rest = value[(semicolon + 1)..].Trim();
        if (rest.Length == 0) return true;
        var equals = rest.IndexOf('=');
        var key = equals < 0 ? "" : rest[..equals].TrimEnd();
        if (!Is(key, "topic") && !Is(key, "topicName")) return false;
        topic = rest[(equals + 1)..].Trim();
        return topic.Length > 0 && !topic.Contains(';');
    }

    private static string? Value(List<MessageHeader> headers, string name)
    {
        foreach (var header in headers)
        {
            if (Is(header.Name, name)) return header.Value;
        }

        return null;
    }

    private static bool IsPrintable(string value) => !value.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
