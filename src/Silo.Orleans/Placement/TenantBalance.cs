using Orleans;
using Orleans.Runtime;
using Silo.Orleans.Tenants;
using Silo.Server.Ownership;
using Silo.Server.Tenants.Embedded;
using Silo.Storage;

namespace Silo.Orleans.Placement;

/// <summary>
/// Evens out how many tenants the silos hold, since placement alone moves nobody: a silo that joins a busy cluster would stay empty. Each
/// silo compares itself with the mean and lets some of its own go to the emptiest one. A move costs the tenant about a second without
/// hand-overs, so few go at a time, and none for a small difference.
/// </summary>
internal sealed partial class TenantBalance(
    IGrainFactory grains, LocalTenants local, TenantMoves moves, ILocalSiloDetails here, ISiloStatusOracle silos,
    ILogger<TenantBalance> logger)
{
    /// <summary>How far above the mean a silo is left alone.</summary>
    private const double Tolerance = 1.2;

    private const int AtLeast = 20;
    private const int MostPerRound = 200;
    private const int MovedTogether = 50;

    // Hand-overs that take longer are not worth waiting for: the tenant is served here meanwhile.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>One round; called every half a minute.</summary>
    public async Task Level(CancellationToken cancellationToken)
    {
        SiloAddress[] living = [.. silos.GetApproximateSiloStatuses(onlyActive: true).Keys];
        if (living.Length < 2) return;
        var statistics = await grains.GetGrain<IManagementGrain>(0).GetRuntimeStatistics(living, cancellationToken);
        var loads = living.Zip(statistics, (silo, s) => (Silo: silo, Tenants: s.ActivationCount)).ToArray();
        var (emptiest, count) = Plan([.. loads.Select(l => l.Tenants)], local.Count);
        if (count == 0 || loads[emptiest].Silo.Equals(here.SiloAddress)) return;
        // Those that were quiet for longest have the least to wait for.
        var leaving = local.Active.OrderBy(g => g.LastUsed).Take(count).ToArray();
        var moved = 0;
        await Parallel.ForEachAsync(
            leaving, new ParallelOptions { MaxDegreeOfParallelism = MovedTogether, CancellationToken = cancellationToken },
            async (grain, ct) =>
            {
                if (await Move(grain, loads[emptiest].Silo, ct)) Interlocked.Increment(ref moved);
            });
        LogMoved(moved, leaving.Length, loads[emptiest].Silo);
    }

    private async ValueTask<bool> Move(TenantGrain grain, SiloAddress to, CancellationToken cancellationToken)
    {
        try
        {
            if (await grain.FindKey(cancellationToken) is var key and not 0)
                return await moves.Offer(key, grain.Name, Patience, Leave);
            await Leave();
            return true;
        }
        catch (Exception e) when (e is StorageException or ActorBusyException)
        {
            // It has other worries; there is a next round.
            return false;
        }

        async Task Leave()
        {
            grain.LeaveFor(to);
            await grains.GetGrain<ITenantGrain>(grain.Name).Wake(cancellationToken);
        }
    }

    /// <summary>To which silo, and how many: half of what the difference is, so that several silos at once do not fill one up.</summary>
    internal static (int Emptiest, int Count) Plan(IReadOnlyList<int> counts, int own)
    {
        var mean = counts.Average();
        var (emptiest, fewest) = counts.Index().MinBy(c => c.Item);
        var excess = Math.Min(own - mean, mean - fewest);
        return own <= mean * Tolerance || excess < AtLeast
            ? (emptiest, 0)
            : (emptiest, (int)Math.Min(Math.Ceiling(excess / 2), MostPerRound));
    }

    [LoggerMessage(5201, LogLevel.Information, "Moved {Moved} of {Count} tenants to {Silo}, which has fewer")]
    private partial void LogMoved(int moved, int count, SiloAddress silo);
}
