using System.Globalization;
using Silo.Core.Reputation;
using Silo.Server.Policies;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.DedicatedIps;

namespace Silo.Server.AdminApi;

/// <summary>
/// Which tenants' mail preceded the listing or the throttle of an address. Events do not say by which address mail left, so those tenants
/// are compared that may use its pool, each by all of its mail.
/// </summary>
internal static class CulpritOperations
{
    private const int MaxDays = 31;
    private const int MaxCulprits = 50;
    private const long MaxEvents = 5_000_000;
    private const long SecondsOfDay = 86_400;

    public static SesOperation Operation { get; } = SesOperation.Of(
        "GetDedicatedIpCulprits", "GET", DedicatedIpOperations.Path + "/culprits", Rank) with
    {
        // It reads much and keeps a processor busy.
        MostAtOnce = 1,
    };

    private static async ValueTask<SesAnswer> Rank(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var ip = DedicatedIpMembers.CheckIp(call.Labels[0], checks);
        var now = call.Services.Time.GetUtcNow().ToUnixTimeSeconds() + 1;
        var until = Seconds(call, "Until", checks) ?? now;
        var from = Seconds(call, "From", checks) ?? until - SecondsOfDay;
        checks.Range(until, "Until", 1, now).Range(from, "From", 0, now);
        if (until <= from) checks.Fail("Until must be after From");
        if (until - from > MaxDays * SecondsOfDay) checks.Fail($"Until must be at most {MaxDays} days after From");
        if (checks.Error is { } refused) return refused;
        if (await call.Services.Ips.Get(ip!, cancellationToken) is not { } address) return DedicatedIpMembers.NoSuchIp(ip!);
        return await Run(call, address.Ip, address.Pool, from, until, cancellationToken);
    }

    private static async ValueTask<SesAnswer> Run(
        SesCall call, string ip, string pool, long from, long until, CancellationToken cancellationToken)
    {
        HashSet<long>? keys = null;
        var leftOut = false;
        if (await call.Services.BlocklistSubjects.UsersOf(pool, cancellationToken) is { } users)
        {
            keys = [];
            leftOut = users.Count > CulpritRanking.MaxTenants;
            foreach (var name in users.Take(CulpritRanking.MaxTenants))
                if (await call.Services.Store.Tenants.Load(name, cancellationToken) is { } tenant) keys.Add(tenant.TenantKey);
        }

        var ranking = new CulpritRanking();
        var (looked, isWhole) = await EventPeriod.Read(
            call.Services.Store.Events, DateTimeOffset.FromUnixTimeSeconds(from), DateTimeOffset.FromUnixTimeSeconds(until),
            key => keys is null || keys.Contains(key), ranking.Apply, MaxEvents, cancellationToken);
        var culprits = new List<CulpritShape>();
        foreach (var each in ranking.Result(MaxCulprits))
            culprits.Add(ToWire(each, await call.Services.Store.Tenants.FindName(each.TenantKey, cancellationToken)));
        return SesAnswer.Json(
            new GetCulpritsResponse(
                ip, pool, keys is null ? "ALL_TENANTS" : "TENANTS_OF_POOL", from, until, looked, isWhole && !leftOut && !ranking.LeftTenantsOut,
                ToWire(ranking.Total), culprits),
            AdminJson.Default.GetCulpritsResponse);
    }

    private static long? Seconds(SesCall call, string name, MemberChecks checks)
    {
        if (call.QueryValue(name, checks) is not { } text) return null;
        // Milliseconds may stand behind the point, as in answers.
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value < long.MaxValue)
            return (long)value;
        checks.Fail($"{name} must be seconds since 1970");
        return null;
    }

    private static CulpritShape ToWire(Culprit culprit, string? name) => new(
        name, culprit.TenantKey, Round(culprit.Score), Round(culprit.Share), ToWire(culprit.Counts),
        new CulpritLiftsShape(
            Round(culprit.Lifts.HardBounces), Round(culprit.Lifts.Blocks), Round(culprit.Lifts.Complaints), Round(culprit.Lifts.TrapReports),
            Round(culprit.Lifts.AbuseReports)),
        culprit.SampleMessageIds.Count == 0 ? null : culprit.SampleMessageIds);

    private static CulpritCountsShape ToWire(CulpritCounts c) => new(c.Sent, c.HardBounces, c.Blocks, c.Complaints, c.TrapReports, c.AbuseReports);

    private static double Round(double value) => Math.Round(value, 4);
}

/// <param name="Basis">ALL_TENANTS for the default pool, else TENANTS_OF_POOL: those whose configuration sets name it.</param>
/// <param name="IsWhole">False when there were more events or tenants than are looked at.</param>
/// <param name="Total">Of all tenants that were compared.</param>
/// <param name="Culprits">The worst first, at most 50.</param>
internal sealed record GetCulpritsResponse(
    string Ip, string PoolName, string Basis, long From, long Until, long EventsRead, bool IsWhole, CulpritCountsShape Total,
    IReadOnlyList<CulpritShape> Culprits);

/// <param name="TenantName">Absent when it is not there any more.</param>
/// <param name="Share">Of what all of them sent, 0 to 1.</param>
/// <param name="Lifts">How many times as often as with the others together.</param>
internal sealed record CulpritShape(
    string? TenantName, long TenantKey, double Score, double Share, CulpritCountsShape Counts, CulpritLiftsShape Lifts,
    IReadOnlyList<string>? SampleMessageIds);

internal sealed record CulpritCountsShape(long Sent, long HardBounces, long Blocks, long Complaints, long TrapReports, long AbuseReports);

internal sealed record CulpritLiftsShape(double HardBounces, double Blocks, double Complaints, double TrapReports, double AbuseReports);
