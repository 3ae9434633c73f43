namespace Silo.Smtp.Server;

/// <summary>What a server did by itself, without asking who receives; for counting.</summary>
public enum SmtpServerEvent
{
    /// <summary>421 at the connect: too many connections, in all or of one address.</summary>
    ConnectionRefused,

    /// <summary>A handshake of TLS failed, or took too long.</summary>
    HandshakeFailed,

    /// <summary>Something stood behind STARTTLS before the handshake (CVE-2011-0411).</summary>
    InjectedBeforeTls,

    /// <summary>552: larger than a message may be.</summary>
    MessageTooLarge,

    /// <summary>452: no memory left for messages.</summary>
    NoMemory,

    /// <summary>554: a message with a CR or LF that stands alone.</summary>
    BareLineEnd,

    /// <summary>421: too many wrong commands, or too many commands.</summary>
    TooManyCommands,

    /// <summary>421: silent, too slow, or here too long.</summary>
    TimedOut,
}
