using Silo.Core.Delivery;

namespace Silo.Server.Delivery.Smtp;

/// <summary>The relay's own id in its 250, which its logs and bounces name. Each server has its own way to say it.</summary>
internal static class QueueId
{
    /// <summary>Longer ids are taken for something else.</summary>
    private const int MaxChars = 128;

    // Postfix "Ok: queued as X"; Exim "OK id=X"; Haraka "Message Queued (X)"; OpenSMTPD "X Message accepted"; SES "Ok X".
    private static readonly string[] Before = ["queued as ", "queued for delivery as ", "id=", "queued (", "ok "];

    public static string? Of(SmtpReply reply)
    {
        var text = reply.Text.AsSpan();
        foreach (var mark in Before)
        {
            var at = text.IndexOf(mark, StringComparison.OrdinalIgnoreCase);
            if (at < 0 || mark == "ok " && at > 0) continue;
            if (Token(text[(at + mark.Length)..]) is { } id) return id;
        }

        // Sendmail: "2.0.0 X Message accepted for delivery".
        var accepted = text.IndexOf(" message accepted", StringComparison.OrdinalIgnoreCase);
        return accepted > 0 ? Token(text[..accepted]) : null;
    }

    private static string? Token(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && (char.IsAsciiLetterOrDigit(text[length]) || "-_.@/+".Contains(text[length]))) length++;
        var token = text[..length].TrimEnd('.');
        // A word such as "Ok" or "for" is none: ids have a digit in them.
        return token.Length is >= 4 and <= MaxChars && token.ContainsAnyInRange('0', '9') ? token.ToString() : null;
    }
}
