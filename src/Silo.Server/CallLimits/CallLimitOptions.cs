using System.ComponentModel.DataAnnotations;

namespace Silo.Server.CallLimits;

/// <summary>
/// Section <c>Silo:Limits</c>: how many calls of the HTTP API one access key may make, on each silo. Sends are not counted here: their pace
/// is the tenant's.
/// </summary>
public sealed class CallLimitOptions
{
    public const string Section = "Silo:Limits";

    /// <summary>Of each key of a tenant. Defaults: 20 reads a second, 10 changes, 1 costly call; bursts of 100, 50 and 5.</summary>
    public KeyCallOptions TenantKeys { get; set; } = new()
    {
        Reads = { PerSecond = 20, Burst = 100 }, Changes = { PerSecond = 10, Burst = 50 }, Costly = { PerSecond = 1, Burst = 5 },
    };

    /// <summary>
    /// Of the root key and of each operator's. Defaults: 500 reads a second, 500 changes, 50 costly calls; bursts of 2,000, 2,000 and 200.
    /// </summary>
    public KeyCallOptions OperatorKeys { get; set; } = new()
    {
        Reads = { PerSecond = 500, Burst = 2_000 }, Changes = { PerSecond = 500, Burst = 2_000 }, Costly = { PerSecond = 50, Burst = 200 },
    };

    /// <summary>Costly calls of one key under way at a time: 1 to 1,000. Default 4.</summary>
    [Range(1, 1_000)]
    public int CostlyAtOncePerKey { get; set; } = 4;

    internal IEnumerable<string> Errors()
    {
        foreach (var (keys, options) in new[] { (nameof(TenantKeys), TenantKeys), (nameof(OperatorKeys), OperatorKeys) })
        foreach (var (calls, rate) in new[] { ("Reads", options.Reads), ("Changes", options.Changes), ("Costly", options.Costly) })
        {
            if (rate.PerSecond is not -1 and not (>= CallRateOptions.LeastPerSecond and <= CallRateOptions.MostPerSecond))
            {
                yield return $"{Section}:{keys}:{calls}:PerSecond ({rate.PerSecond}) must be -1, for no limit, or "
                    + $"{CallRateOptions.LeastPerSecond} to {CallRateOptions.MostPerSecond}.";
            }
        }
    }
}

/// <summary>What one key may call.</summary>
public sealed class KeyCallOptions
{
    /// <summary>Operations that change nothing.</summary>
    public CallRateOptions Reads { get; set; } = new();

    /// <summary>Operations that leave an audit record.</summary>
    public CallRateOptions Changes { get; set; } = new();

    /// <summary>Operations that look through events, ask name servers or render: those with a limit of their own at a time.</summary>
    public CallRateOptions Costly { get; set; } = new();
}

/// <summary>A rate with a burst; its unit is calls.</summary>
public sealed class CallRateOptions
{
    internal const double LeastPerSecond = 0.001;
    internal const double MostPerSecond = 100_000;

    /// <summary>Calls a second: 0.001 to 100,000, or -1 for no limit.</summary>
    public double PerSecond { get; set; } = -1;

    /// <summary>Calls at once after a rest: 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 1;
}
