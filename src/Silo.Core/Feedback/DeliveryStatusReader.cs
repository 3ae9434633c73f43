namespace Silo.Core.Feedback;

/// <summary>Groups of fields about recipients behind a group about the message (RFC 3464 2.1).</summary>
internal static class DeliveryStatusReader
{
    /// <summary>Null when it says nothing of any recipient.</summary>
    public static DeliveryStatusReport? Read(ReadOnlySpan<byte> text, ReturnedMessage original)
    {
        FieldBlock? ofMessage = null;
        var recipients = new List<RecipientStatus>();
        while (!text.IsEmpty && recipients.Count < FeedbackLimits.MaxRecipients)
        {
            var group = FieldBlock.Read(text);
            text = text[group.End..];
            // Blank lines too many, or lines that are no fields.
            if (group.Fields.Count == 0) continue;
            ofMessage ??= group;
            // Some put the fields of a single recipient right behind those of the message.
            if (RecipientOf(group) is { } recipient) recipients.Add(recipient);
        }

        return recipients.Count == 0 ? null : new DeliveryStatusReport
        {
            EnvelopeId = ofMessage!.First("Original-Envelope-Id") is { Length: > 0 } id ? TypedValue.FromXtext(id) : null,
            ReportingServer = ofMessage.First("Reporting-MTA") is { } server ? TypedValue.Split(server).Value : null,
            Recipients = recipients,
            Original = original,
        };
    }

    /// <summary>Servers from before RFC 3464 name whom they failed in a header of their own; in it stands nothing of why.</summary>
    public static DeliveryStatusReport? ReadFailedRecipients(FieldBlock header, ReturnedMessage original)
    {
        if (header.First("X-Failed-Recipients") is not { } list) return null;
        var recipients = list.Split(',').Take(FeedbackLimits.MaxRecipients).Select(TypedValue.Address).OfType<string>()
            .Select(a => new RecipientStatus { Action = DeliveryStatusAction.Failed, FinalRecipient = a }).ToArray();
        return recipients.Length == 0 ? null : new DeliveryStatusReport { Recipients = recipients, Original = original };
    }

    private static RecipientStatus? RecipientOf(FieldBlock group)
    {
        if (group.First("Action") is not { } word || ActionOf(word) is not { } action) return null;
        var diagnostic = group.First("Diagnostic-Code") is { Length: > 0 } code ? TypedValue.Split(code) : default;
        return new RecipientStatus
        {
            Action = action,
            Status = StatusOf(group.First("Status")),
            FinalRecipient = TypedValue.Address(group.First("Final-Recipient")),
            OriginalRecipient = TypedValue.Address(group.First("Original-Recipient")),
            DiagnosticType = diagnostic.Type is { Length: > 0 } type ? type : null,
            Diagnostic = diagnostic.Value is { Length: > 0 } words ? words : null,
            RemoteServer = group.First("Remote-MTA") is { } server ? TypedValue.Split(server).Value : null,
        };
    }

    private static DeliveryStatusAction? ActionOf(string word)
    {
        // "failed (delivery time expired)": a comment may follow.
        var end = word.AsSpan().IndexOfAny(" \t(");
        return (end < 0 ? word : word[..end]).ToUpperInvariant() switch
        {
            "FAILED" or "FAILURE" => DeliveryStatusAction.Failed,
            "DELAYED" => DeliveryStatusAction.Delayed,
            "DELIVERED" => DeliveryStatusAction.Delivered,
            "RELAYED" => DeliveryStatusAction.Relayed,
            "EXPANDED" => DeliveryStatusAction.Expanded,
            _ => null,
        };
    }

    /// <summary>"5.1.1 (bad destination mailbox address)" is 5.1.1; null when no code stands at the beginning.</summary>
    internal static string? StatusOf(string? text)
    {
        if (text is null) return null;
        var end = text.AsSpan().IndexOfAnyExcept("0123456789.");
        var parts = (end < 0 ? text : text[..end]).Split('.');
        if (parts is not ["2" or "4" or "5", { Length: > 0 and <= 3 }, { Length: > 0 and <= 3 }]) return null;
        // "5.01.1" is written now and then.
        return $"{parts[0]}.{Number(parts[1])}.{Number(parts[2])}";

        static string Number(string digits) => digits.TrimStart('0') is { Length: > 0 } number ? number : "0";
    }
}
