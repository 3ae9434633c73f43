using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Silo.Testing.SmtpSink;

/// <summary>What a sink does wrong on every connection, whatever the recipient.</summary>
public enum SinkMisbehaviour
{
    None,
    NeverGreets,

    /// <summary>One greeting line of ten million bytes.</summary>
    HugeBanner,

    /// <summary>A greeting of ever more continued lines.</summary>
    EndlessBanner,
    GarbageGreeting,
    RefusesGreeting,
    NeverAnswersHello,

    /// <summary>EHLO is unknown, HELO works.</summary>
    KnowsOnlyHelo,
    RefusesHello,
    StartTlsThenGarbage,
    StartTlsThenSilence,
    StartTlsThenClose,
    StartTlsRefused,

    /// <summary>A second reply in the same segment as the 220 of STARTTLS.</summary>
    StartTlsInjection,

    /// <summary>Two 250 to every command.</summary>
    AnswersTwice,

    /// <summary>250 to every line, DATA included.</summary>
    SaysYesToEverything,

    /// <summary>Closes the connection behind the reply to each message, as a server with a short idle timeout does.</summary>
    ClosesAfterMessage,

    /// <summary>421 to the second MAIL of a connection.</summary>
    Says421ToSecondMail,

    /// <summary>354 to DATA although no recipient was taken (RFC 2920 3.1 warns of such servers).</summary>
    TakesDataWithoutRecipient,
}

public sealed record SinkOptions
{
    public bool Pipelining { get; init; } = true;

    public bool EightBitMime { get; init; } = true;

    public bool SmtpUtf8 { get; init; } = true;

    /// <summary>0: SIZE is not offered.</summary>
    public long MaxSizeBytes { get; init; } = 50_000_000;

    /// <summary>STARTTLS is offered when there is one.</summary>
    public X509Certificate2? Certificate { get; init; }

    public bool ImplicitTls { get; init; }

    /// <summary>"PLAIN", "LOGIN" or both; null: no AUTH.</summary>
    public string? AuthMechanisms { get; init; }

    /// <summary>The one that AUTH accepts, as "user:password".</summary>
    public string Credential { get; init; } = "user:secret";

    public bool BareLineFeeds { get; init; }

    public SinkMisbehaviour Misbehaviour { get; init; }

    /// <summary>The reply to every MAIL, such as "550 5.7.1 not you"; null: 250.</summary>
    public string? MailReply { get; init; }

    /// <summary>Nothing is kept of messages but their number and bytes.</summary>
    public bool CountOnly { get; init; }

    /// <summary>Beyond this number messages are only counted.</summary>
    public int MaxRecorded { get; init; } = 10_000;

    /// <summary>Whether <see cref="SinkServer.Steps"/> are kept.</summary>
    public bool KeepsSteps { get; init; }

    /// <summary>Waits of slow-…ms@ addresses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Called when MAIL has been read, before it is answered.</summary>
    public Action? OnMail { get; init; }

    /// <summary>Called when a message is complete, before it is answered.</summary>
    public Action<SinkMessage>? OnMessage { get; init; }
}

/// <param name="Content">Without dot-stuffing; empty when the sink only counts.</param>
/// <param name="MailCommand">The whole line, with its parameters.</param>
public sealed record SinkMessage(string MailCommand, string Recipient, byte[] Content, bool Secure);

public enum SinkStepKind
{
    Mail,
    FinalDot,
}

/// <summary>A MAIL or a final dot that arrived.</summary>
/// <param name="Hello">The name that the client gave.</param>
/// <param name="Connection">1 for the first connection.</param>
public sealed record SinkStep(SinkStepKind Kind, string Hello, long Connection, DateTimeOffset At)
{
    /// <summary>The address that the connection came from.</summary>
    public IPAddress? Client { get; init; }
}
