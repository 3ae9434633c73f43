namespace Silo.Smtp.Client;

/// <summary>One transaction: one message to one recipient.</summary>
/// <param name="Sender">The reverse path without angle brackets; empty for the null sender.</param>
/// <param name="Recipient">The forward path without angle brackets.</param>
/// <param name="Content">CRLF line ends, not dot-stuffed.</param>
public readonly record struct SmtpMail(string Sender, string Recipient, ReadOnlyMemory<byte> Content, ITransactionGate Gate)
{
    /// <summary>
    /// Header fields to stand before the content, each ending in CRLF, so that the message need not be copied for them. Empty for none.
    /// </summary>
    public ReadOnlyMemory<byte> Header { get; init; }

    /// <summary>The content holds bytes above 127.</summary>
    public bool NeedsEightBit { get; init; }

    /// <summary>Bytes of the whole message as the receiver counts them (RFC 1870), but for doubled dots.</summary>
    internal int Size => Header.Length + Content.Length;

    /// <summary>A header holds non-ASCII text; non-ASCII addresses are noticed without it.</summary>
    public bool NeedsSmtpUtf8 { get; init; }
}
