namespace Silo.Core.Messages;

/// <summary>What a message may be at most (SES quotas and SendEmail; RFC 5322 2.1.1 for lines). Above a limit it is refused, never cut.</summary>
public static class MessageLimits
{
    /// <summary>Bytes of a whole message after transfer encoding: 40 MiB.</summary>
    public const int MaxMessageBytes = 40 * 1024 * 1024;

    /// <summary>Parts of a message, multiparts included.</summary>
    public const int MaxMimeParts = 500;

    /// <summary>Bytes of a line without its CRLF.</summary>
    public const int MaxLineBytes = 998;

    /// <summary>Recipients of one message over To, Cc and Bcc.</summary>
    public const int MaxRecipients = 50;

    /// <summary>Addresses in Reply-To.</summary>
    public const int MaxReplyToAddresses = 50;

    /// <summary>Characters of a subject.</summary>
    public const int MaxSubjectCharacters = 998;

    /// <summary>Headers that a sender adds to composed content.</summary>
    public const int MaxCustomHeaders = 15;

    public const int MaxHeaderNameCharacters = 126;
    public const int MaxHeaderValueCharacters = 995;
    public const int MaxHeaderNameAndValueCharacters = 996;
    public const int MaxFileNameCharacters = 255;
    public const int MaxContentTypeCharacters = 78;
    public const int MaxContentIdCharacters = 78;
    public const int MaxContentDescriptionCharacters = 1_000;

    /// <summary>Bytes of a raw message's header block.</summary>
    public const int MaxHeaderBlockBytes = 256 * 1024;

    /// <summary>Header fields of a raw message.</summary>
    public const int MaxHeaderFields = 1_000;

    /// <summary>Multiparts inside multiparts.</summary>
    public const int MaxMimeDepth = 20;
}
