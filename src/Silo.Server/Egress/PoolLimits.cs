using Silo.Core.Pacing;

namespace Silo.Server.Egress;

/// <summary>A pool's own limits. One that is null does not limit. Mail above a limit waits.</summary>
public sealed record PoolLimits
{
    public const double MinRate = 0.01;
    public const double MaxRate = 1_000_000;
    public const double MaxBurst = 1_000_000;
    public const long MaxDailyQuota = 10_000_000_000;
    public const int MaxConnections = 10_000;
    public const int MaxMessagesPerConnection = 1_000_000;

    /// <summary>Hand-overs per second of the whole pool, <see cref="MinRate"/> to <see cref="MaxRate"/>.</summary>
    public double? RatePerSecond { get; init; }

    /// <summary>Hand-overs at once after a rest, 1 to <see cref="MaxBurst"/>; null for one second's worth. Only with a rate.</summary>
    public double? Burst { get; init; }

    /// <summary>Hand-overs of the whole pool in any 24 hours, 1 to <see cref="MaxDailyQuota"/>.</summary>
    public long? DailyQuota { get; init; }

    /// <summary>
    /// Connections at a time from one source address to all mail exchangers of one provider together, 1 to
    /// <see cref="MaxConnections"/>.
    /// </summary>
    public int? ConnectionsPerIpAndSite { get; init; }

    /// <summary>After so many messages a connection is closed, 1 to <see cref="MaxMessagesPerConnection"/>.</summary>
    public int? MessagesPerConnection { get; init; }

    /// <summary>At most one for each provider; null for none.</summary>
    public IReadOnlyList<ProviderLimits>? Providers { get; init; }

    /// <summary>Those of the pool as a whole.</summary>
    public BudgetLimits ToBudget() => new(RatePerSecond, Burst ?? BudgetLimits.UsualBurst(RatePerSecond), DailyQuota);

    /// <summary>Connections at a time from one source address to all mail exchangers of a provider; null when it does not limit.</summary>
    public int? ConnectionsTowards(string provider) => Towards(provider)?.Connections ?? ConnectionsPerIpAndSite;

    /// <summary>The limits towards a provider, by <see cref="Core.Addresses.MailboxProvider.Name"/>; null when it has none.</summary>
    public ProviderLimits? Towards(string provider)
    {
        if (Providers is null) return null;
        foreach (var each in Providers)
            if (each.Provider == provider) return each;
        return null;
    }
}

/// <summary>
/// Limits of each source address of a pool towards one provider; where mail leaves over a relay or SES, of the pool towards it.
/// </summary>
/// <param name="Provider">As <see cref="Core.Addresses.MailboxProvider.All"/> names it.</param>
/// <param name="RatePerSecond">Hand-overs per second.</param>
/// <param name="Burst">Hand-overs at once after a rest; null for one second's worth. Only with a rate.</param>
/// <param name="Connections">Connections at a time, in place of <see cref="PoolLimits.ConnectionsPerIpAndSite"/>.</param>
public sealed record ProviderLimits(string Provider, double? RatePerSecond, double? Burst, int? Connections);
