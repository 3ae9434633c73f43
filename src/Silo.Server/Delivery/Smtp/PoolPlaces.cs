using System.Collections.Frozen;

namespace Silo.Server.Delivery.Smtp;

/// <summary>Whose places a connection takes: those of one host, and those of the site that the host belongs to.</summary>
internal readonly record struct PoolRoute(string Site, string Host);

/// <summary>What a pool may hold.</summary>
internal sealed record ConnectionPoolLimits
{
    /// <summary>Connections open at once, lent and idle together, of the whole pool.</summary>
    public required int Total { get; init; }

    /// <summary>Connections to one site that <see cref="Sites"/> does not name.</summary>
    public required int PerSite { get; init; }

    /// <summary>Connections to single sites.</summary>
    public FrozenDictionary<string, int> Sites { get; init; } = FrozenDictionary<string, int>.Empty;

    public required int PerHost { get; init; }

    /// <summary>Hand-overs that wait for one full level; more find no room.</summary>
    public required int Waiting { get; init; }

    /// <summary>How long one waits before there is no room for it.</summary>
    public required TimeSpan Patience { get; init; }

    public required int MessagesPerConnection { get; init; }

    public required TimeSpan IdleTimeout { get; init; }

    public int ToSite(string site) => Sites.TryGetValue(site, out var cap) ? cap : PerSite;
}

/// <param name="AtLeast">A connection with less protection is not lent.</param>
/// <param name="Fresh">Only a new connection will do: an idle one turned out stale, and the others are as old.</param>
internal readonly record struct PoolRequest(PoolRoute Route, ConnectionProtection AtLeast = ConnectionProtection.None, bool Fresh = false);

/// <summary>A place was found: on an idle connection, or for one to be opened.</summary>
internal readonly record struct PoolGrant(SmtpConnection? Idle);

/// <summary>Somebody who waits for a place.</summary>
internal sealed class PoolWaiter(PoolRequest request)
{
    public PoolRequest Request => request;

    public PoolRoute Route => request.Route;

    public TaskCompletionSource<PoolGrant> Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where it stands in line; null when it does no more.</summary>
    public PoolLevel? Queue { get; set; }
}

/// <summary>A cap, how much of it is taken, and who waits for it.</summary>
internal sealed class PoolLevel(int cap)
{
    public int Cap { get; set; } = cap;

    public int Open { get; set; }

    public LinkedList<PoolWaiter> Waiters { get; } = [];

    public bool HasRoom => Open < Cap;

    public bool IsUnused => Open == 0 && Waiters.Count == 0;
}
