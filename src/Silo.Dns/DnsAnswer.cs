namespace Silo.Dns;

/// <summary>How a question ended; a closed set.</summary>
public enum DnsAnswerKind
{
    /// <summary>There is at least one record of the asked type.</summary>
    Found,

    /// <summary>The name exists, or may exist, without a record of the asked type (RFC 2308 2.2).</summary>
    NoData,

    /// <summary>NXDOMAIN: the name, or the one that it is an alias of, does not exist, and nothing below it (RFC 8020).</summary>
    NameNotFound,

    /// <summary>
    /// A server answered, but none answered the question: SERVFAIL, REFUSED, FORMERR, a message that breaks the rules, a chain of aliases
    /// that is a loop or too long. It may pass.
    /// </summary>
    ServerFailure,

    /// <summary>No server answered in time, or none could be reached. It may pass.</summary>
    TimedOut,

    /// <summary>What was asked for is no domain name; no server was asked.</summary>
    BadName,
}

/// <summary>The answer to a question.</summary>
/// <param name="Kind">Whether there is anything.</param>
/// <param name="Records">Those of the asked type in the server's order, none unless Found.</param>
/// <param name="ValidUntil">
/// Until then the client answers the same without asking. The instant of the answer itself when it must not be kept: a time to live of 0
/// s, or a "no" without a SOA record to say for how long (RFC 2308 5).
/// </param>
/// <param name="IsAuthenticated">
/// The server says that it checked the signatures (AD, RFC 4035 3.2.3), on the whole chain of aliases. Worth as much as the server and
/// the path to it.
/// </param>
public sealed record DnsAnswer(DnsAnswerKind Kind, IReadOnlyList<DnsRecord> Records, DateTimeOffset ValidUntil, bool IsAuthenticated)
{
    /// <summary>One sentence for a person when nothing was found, without a full stop. Null when Found.</summary>
    public string? Detail { get; init; }
}
