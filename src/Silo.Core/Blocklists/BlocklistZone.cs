namespace Silo.Core.Blocklists;

/// <summary>What a list is asked about.</summary>
public enum BlocklistKind
{
    Addresses,
    Domains,
}

/// <summary>A list that is asked by DNS (RFC 5782).</summary>
public sealed record BlocklistZone
{
    /// <summary>As it is shown and told: without a key.</summary>
    public required string Name { get; init; }

    public BlocklistKind Kind { get; init; }

    /// <summary>The name that questions end in: a key stands in it, so it is never shown.</summary>
    public required string QueryName { get; init; }

    /// <summary>Codes that mean a listing. Empty: all of 127.0.0.0/8 but 127.0.0.1 and refusals.</summary>
    public IReadOnlyList<CodeRange> Listed { get; init; } = [];

    /// <summary>Codes that mean something else than a listing, such as a white entry. What is in neither is an error.</summary>
    public IReadOnlyList<CodeRange> Ignored { get; init; } = [];

    /// <summary>Of a list of domains: an entry that is always there. RFC 5782 5 has "test".</summary>
    public string TestDomain { get; init; } = "test";

    /// <summary>Of a list of domains: what is never listed. RFC 5782 5 has "invalid".</summary>
    public string CleanDomain { get; init; } = "invalid";

    // The compiler's own would show the key.
    public override string ToString() => Name;
}
