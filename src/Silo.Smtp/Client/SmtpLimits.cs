namespace Silo.Smtp.Client;

/// <summary>
/// What a peer may send. Beyond it the dialogue ends with <see cref="SmtpFault.ReplyTooLong"/> and the connection is closed.
/// </summary>
public static class SmtpLimits
{
    /// <summary>One line of a reply, line end included. RFC 5321 4.5.3.1.5 asks for 512; real servers send more.</summary>
    public const int ReplyLineBytes = 4096;

    public const int ReplyLines = 100;

    public const int ReplyBytes = 64 * 1024;

    /// <summary>Of a reply's text this much is kept.</summary>
    public const int ReplyTextChars = 1000;

    /// <summary>A path without angle brackets, in UTF-8 (RFC 5321 4.5.3.1.3).</summary>
    public const int AddressBytes = 254;
}
