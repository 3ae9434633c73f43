using Silo.Server.Accounts;
using Silo.Server.Delivery;
using Silo.Server.Egress;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.DedicatedIps;

namespace Silo.Server.AdminApi;

/// <summary>A pool's own limits, read and replaced as a whole; the two implicit pools have some too.</summary>
internal static class PoolLimitsOperations
{
    private const string Path = "/silo/v1/pools/{PoolName}/limits";

    public static SesOperation Get { get; } = SesOperation.Of("GetPoolLimits", "GET", Path, Read);

    public static SesOperation Put { get; } = SesOperation.Of(
        "PutPoolLimits", "PUT", Path, AdminJson.Default.PutPoolLimitsRequest, Replace);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        if (await call.Services.Pools.Get(call.Labels[0], cancellationToken) is not { } pool)
            return DedicatedIpMembers.NoSuchPool(call.Labels[0]);
        var limits = pool.Limits ?? new PoolLimits();
        return SesAnswer.Json(
            new GetPoolLimitsResponse(
                pool.Name, limits.RatePerSecond, limits.Burst, limits.DailyQuota, limits.ConnectionsPerIpAndSite,
                limits.MessagesPerConnection, limits.Providers),
            AdminJson.Default.GetPoolLimitsResponse);
    }

    private static async ValueTask<SesAnswer> Replace(SesCall call, PutPoolLimitsRequest request, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        var checks = new MemberChecks();
        CheckRate(request.RatePerSecond, request.Burst, "", checks);
        checks.Range(request.DailyQuota, "DailyQuota", 1, PoolLimits.MaxDailyQuota);
        checks.Range(request.ConnectionsPerIpAndSite, "ConnectionsPerIpAndSite", 1, PoolLimits.MaxConnections);
        checks.Range(request.MessagesPerConnection, "MessagesPerConnection", 1, PoolLimits.MaxMessagesPerConnection);
        CheckProviders(request.Providers, call.Services.Providers, checks);
        if (checks.Error is { } refused) return refused;

        var limits = new PoolLimits
        {
            RatePerSecond = request.RatePerSecond,
            Burst = request.Burst,
            DailyQuota = request.DailyQuota,
            ConnectionsPerIpAndSite = request.ConnectionsPerIpAndSite,
            MessagesPerConnection = request.MessagesPerConnection,
            Providers = request.Providers is { Count: > 0 } given
                ? [.. given.Select(p => new ProviderLimits(p!.Provider!, p.RatePerSecond, p.Burst, p.Connections))]
                : null,
        };
        return await call.Services.Pools.Change(name, pool => pool with { Limits = limits }, cancellationToken) switch
        {
            ResourceChange.Done => SesAnswer.Empty,
            ResourceChange.NotFound => DedicatedIpMembers.NoSuchPool(name),
            _ => SesError.ConcurrentModification($"Dedicated IP pool {name}"),
        };
    }

    private static void CheckProviders(IReadOnlyList<PutProviderLimits?>? providers, MailboxProviders all, MemberChecks checks)
    {
        var known = all.All.Select(p => p.Name).ToArray();
        if (providers is null || !checks.Items(providers, "Providers", known.Length)) return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < providers.Count; i++)
        {
            var (each, path) = (providers[i]!, $"Providers[{i}]");
            if (checks.Required(each.Provider, $"{path}.Provider"))
            {
                checks.OneOf(each.Provider, $"{path}.Provider", known);
                if (!seen.Add(each.Provider!)) checks.Fail($"{path}.Provider is given twice");
            }

            CheckRate(each.RatePerSecond, each.Burst, $"{path}.", checks);
            checks.Range(each.Connections, $"{path}.Connections", 1, PoolLimits.MaxConnections);
        }
    }

    private static void CheckRate(double? rate, double? burst, string path, MemberChecks checks)
    {
        checks.Range(rate, $"{path}RatePerSecond", PoolLimits.MinRate, PoolLimits.MaxRate);
        checks.Range(burst, $"{path}Burst", 1, PoolLimits.MaxBurst);
        if (burst is not null && rate is null) checks.Fail($"{path}Burst has a meaning only with RatePerSecond");
    }
}

/// <summary>The members of <see cref="PoolLimits"/>; absent ones do not limit.</summary>
internal sealed record PutPoolLimitsRequest(
    double? RatePerSecond, double? Burst, long? DailyQuota, int? ConnectionsPerIpAndSite, int? MessagesPerConnection,
    IReadOnlyList<PutProviderLimits?>? Providers);

internal sealed record PutProviderLimits(string? Provider, double? RatePerSecond, double? Burst, int? Connections);

internal sealed record GetPoolLimitsResponse(
    string PoolName, double? RatePerSecond, double? Burst, long? DailyQuota, int? ConnectionsPerIpAndSite, int? MessagesPerConnection,
    IReadOnlyList<ProviderLimits>? Providers);
