namespace Silo.Smtp.Client;

/// <summary>One transaction: one message to one recipient.</summary>
/// <param name="Sender">The reverse path without angle brackets; empty for the null sender.</param>
/// <param name="Recipient">The forward path without angle brackets.</param>
/// <param name="Content">CRLF line ends, not dot-stuffed.</param>
public readonly record struct SmtpMail(string Sender, string Recipient, ReadOnlyMemory<byte> Content, ITransactionGate Gate)
{
    /// <summary>The content holds bytes above 127.</summary>
    public bool NeedsEightBit { get; init; }

    /// <summary>A header holds non-ASCII text; non-ASCII addresses are noticed without it.</summary>
    public bool NeedsSmtpUtf8 { get; init; }
}
