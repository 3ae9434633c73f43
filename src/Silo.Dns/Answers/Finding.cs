namespace Silo.Dns.Answers;

internal enum FindingKind
{
    Found,
    NoData,
    NameNotFound,

    /// <summary>The server followed the aliases only so far: the last name of the chain is still to be asked for.</summary>
    GoesOn,

    /// <summary>No answer to the question; another server may have one.</summary>
    Unusable,
}

/// <summary>What a response says about a question.</summary>
/// <param name="Kind">See there.</param>
/// <param name="Chain">As long as it is known now.</param>
/// <param name="TimeToLive">Over the chain and the records; null: not to be remembered.</param>
internal sealed record Finding(FindingKind Kind, AliasChain Chain, TimeSpan? TimeToLive)
{
    public IReadOnlyList<DnsRecord> Records { get; init; } = [];

    /// <summary>Why it is unusable; follows "the server".</summary>
    public string? Reason { get; init; }
}
