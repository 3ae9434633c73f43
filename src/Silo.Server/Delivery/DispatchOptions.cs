using System.ComponentModel.DataAnnotations;

namespace Silo.Server.Delivery;

/// <summary>Section <c>Silo:Delivery</c>: how mail leaves this silo.</summary>
public sealed class DispatchOptions
{
    public const string Section = "Silo:Delivery";

    internal const int SmallestQuantum = 8;

    /// <summary>Hand-overs at a time, and so the most possible duplicates after a crash: 1 to 100,000. Default 512.</summary>
    [Range(1, 100_000)]
    public int InFlight { get; set; } = 512;

    /// <summary>Hand-overs of one tenant at a time: 1 to 100,000. Default 256. One tenant's slow recipients must not take every slot.</summary>
    [Range(1, 100_000)]
    public int InFlightPerTenant { get; set; } = 256;

    /// <summary>Units that a tenant of weight 1 may release in its turn before the next one has its turn: 8 to 1,000. Default 16.</summary>
    [Range(SmallestQuantum, 1_000)]
    public int Quantum { get; set; } = 16;

    /// <summary>
    /// Units held in memory of one tenant × stream × pool × provider: 16 to 1,000,000. Default 1,024. The rest stays in the spool.
    /// </summary>
    [Range(16, 1_000_000)]
    public int WindowPerLane { get; set; } = 1_024;

    /// <summary>Bytes of recently stored messages held in memory: 1 MiB to 64 GiB. Default 256 MiB.</summary>
    [Range(1L << 20, 64L << 30)]
    public long MessageCacheBytes { get; set; } = 256L << 20;

    /// <summary>
    /// How long a stop waits for hand-overs that began: 0 to 10 min. Default 20 s. Up to 8 s more pass until what was aborted then,
    /// outcomes and feedback are stored.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The longest wait before a route that failed is tried again: 1 s to 1 h. Default 1 min. Waits double from 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RouteRetryMax { get; set; } = TimeSpan.FromMinutes(1);
}
