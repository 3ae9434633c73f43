using Silo.Core.Delivery;

namespace Silo.Smtp.Client;

/// <summary>How a dialogue, or one transaction in it, ended.</summary>
public enum SmtpOutcomeKind
{
    /// <summary>2xx: to the opening of the dialogue, or to the final dot.</summary>
    Accepted,

    /// <summary>The peer said no; <see cref="SmtpOutcome.Reply"/> tells how.</summary>
    Refused,

    /// <summary>The gate was closed, or the transaction was aborted before MAIL was answered, or it lost its right to finish.</summary>
    NotBegun,

    /// <summary>The message cannot go to this peer; nothing was written. <see cref="SmtpOutcome.Fault"/> tells why.</summary>
    Unsendable,

    /// <summary>
    /// The dialogue broke; <see cref="SmtpOutcome.Fault"/> tells how, <see cref="SmtpOutcome.FinalDotWritten"/> whether the peer
    /// may have the message.
    /// </summary>
    Broken,
}

/// <summary>Why a dialogue broke or a message could not be sent, when no reply says so.</summary>
public enum SmtpFault
{
    None,

    /// <summary>The peer closed or reset the connection.</summary>
    Closed,

    /// <summary>The peer did not answer, or took no bytes, in the time of <see cref="SmtpTimeouts"/>.</summary>
    TimedOut,

    /// <summary>The caller's token was cancelled.</summary>
    Cancelled,

    /// <summary>Not SMTP, or a reply to nothing that was asked.</summary>
    BadReply,

    /// <summary>Beyond <see cref="SmtpLimits"/>.</summary>
    ReplyTooLong,

    /// <summary>TLS is required and the peer does not offer it.</summary>
    TlsMissing,

    /// <summary>The handshake failed, or plain text was injected before it.</summary>
    TlsFailed,

    /// <summary>The peer offers neither AUTH PLAIN nor LOGIN.</summary>
    AuthenticationMissing,

    /// <summary>A credential would have passed in plain text to a peer that is not on loopback.</summary>
    AuthenticationUnprotected,

    /// <summary>The reverse path holds what no command may hold.</summary>
    BadSender,

    /// <summary>The recipient's address holds what no command may hold.</summary>
    BadRecipient,

    /// <summary>Larger than the peer's SIZE (RFC 1870).</summary>
    TooLarge,

    /// <summary>8-bit content, and the peer lacks 8BITMIME (RFC 6152).</summary>
    EightBitMissing,

    /// <summary>Non-ASCII addresses or headers, and the peer lacks SMTPUTF8 (RFC 6531).</summary>
    Utf8Missing,
}

/// <summary>The value that every step of the dialogue answers. Nothing throws for what a peer says or does.</summary>
/// <param name="Kind">A closed set.</param>
/// <param name="Stage">Where it was decided.</param>
public sealed record SmtpOutcome(SmtpOutcomeKind Kind, DeliveryStage Stage)
{
    public SmtpReply? Reply { get; init; }

    public SmtpFault Fault { get; init; }

    /// <summary>More about <see cref="Fault"/>, for a person.</summary>
    public string? Detail { get; init; }

    /// <summary>The end of the message was written, or may have been: the peer may have accepted it.</summary>
    public bool FinalDotWritten { get; init; }

    public bool IsAccepted => Kind == SmtpOutcomeKind.Accepted;

    internal static SmtpOutcome Broken(DeliveryStage stage, SmtpFault fault, string? detail = null, bool finalDotWritten = false) =>
        new(SmtpOutcomeKind.Broken, stage) { Fault = fault, Detail = detail, FinalDotWritten = finalDotWritten };

    internal static SmtpOutcome Refused(DeliveryStage stage, SmtpReply reply) => new(SmtpOutcomeKind.Refused, stage) { Reply = reply };

    internal static SmtpOutcome Unsendable(SmtpFault fault) => new(SmtpOutcomeKind.Unsendable, DeliveryStage.None) { Fault = fault };
}
