namespace Silo.Core.Trust;

/// <summary>All tiers of the account. Immutable; a new one with each change.</summary>
public sealed class TrustLadder
{
    public const int MaxTiers = 20;

    /// <param name="tiers">In any order; no two of one rank or name.</param>
    public TrustLadder(IEnumerable<TrustTier> tiers)
    {
        Tiers = [.. tiers.OrderBy(t => t.Rank)];
        Default = Tiers.FirstOrDefault(t => t.IsDefault);
    }

    /// <summary>Trust tiers are off.</summary>
    public static TrustLadder Empty { get; } = new([]);

    /// <summary>The lowest first.</summary>
    public IReadOnlyList<TrustTier> Tiers { get; }

    public TrustTier? Default { get; }

    public TrustTier? Find(string name) => Tiers.FirstOrDefault(t => t.Name == name);

    public TrustTier? Above(int rank) => Tiers.FirstOrDefault(t => t.Rank > rank);

    public TrustTier? Below(int rank) => Tiers.LastOrDefault(t => t.Rank < rank);
}
