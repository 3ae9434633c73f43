namespace Silo.Core.Trust;

/// <summary>All tiers of the account. Immutable; a new one with each change.</summary>
public sealed class TrustLadder
{
    public const int MaxTiers = 20;

    /// <param name="tiers">In any order; no two of one rank or name.</param>
    /// <param name="revision">Of all of them together; it only grows.</param>
    public TrustLadder(IEnumerable<TrustTier> tiers, long revision = long.MaxValue)
    {
        Revision = revision;
        Tiers = [.. tiers.OrderBy(t => t.Rank)];
        Default = Tiers.FirstOrDefault(t => t.IsDefault);
    }

    /// <summary>Trust tiers are off.</summary>
    public static TrustLadder Empty { get; } = new([], 0);

    /// <summary>A tier of a later one is of a change that this view of them does not know yet.</summary>
    public long Revision { get; }

    /// <summary>The lowest first.</summary>
    public IReadOnlyList<TrustTier> Tiers { get; }

    public TrustTier? Default { get; }

    public TrustTier? Find(string name) => Tiers.FirstOrDefault(t => t.Name == name);

    public TrustTier? Above(int rank) => Tiers.FirstOrDefault(t => t.Rank > rank);

    public TrustTier? Below(int rank) => Tiers.LastOrDefault(t => t.Rank < rank);
}
