namespace Silo.Dns.Wire;

/// <summary>RFC 1035 4.1.1, RFC 6891 6.1.3.</summary>
internal enum ResponseCode
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,
    NameError = 3,
    NotImplemented = 4,
    Refused = 5,
    BadVersion = 16,
}

/// <summary>What a server said to our question.</summary>
/// <param name="Code">Extended by the OPT record's bits when there is one.</param>
/// <param name="IsTruncated">Then the records were not read: a part of a set is none (RFC 2181 9).</param>
/// <param name="IsAuthoritative">AA.</param>
/// <param name="IsAuthenticated">AD.</param>
/// <param name="Answers">Those of the types that are known here, whatever their names.</param>
/// <param name="Authority">As the answers.</param>
internal sealed record Response(
    ResponseCode Code, bool IsTruncated, bool IsAuthoritative, bool IsAuthenticated, IReadOnlyList<DnsRecord> Answers,
    IReadOnlyList<DnsRecord> Authority);
