using System.Net;
using System.Text;
using Silo.Core.WarmUp;
using Silo.Server.Accounts;
using Silo.Server.Egress;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.DedicatedIps;

namespace Silo.Server.AdminApi;

/// <summary>Source addresses on the wire of /silo/v1.</summary>
internal static class DedicatedIpShape
{
    // RFC 1929 2: one byte counts each of them.
    private const int MaxCredentialBytes = 255;

    /// <param name="ip">Null when it failed its own check.</param>
    /// <returns>Null with failed checks.</returns>
    public static DedicatedIpSettings? Check(string? ip, PutDedicatedIpRequest request, MemberChecks checks)
    {
        var pool = request.PoolName;
        if (pool is not null && DedicatedIpMembers.CheckPoolName(pool, "PoolName", checks) && pool == SendingPool.Shared)
            checks.Fail($"PoolName must not be {pool}, which has no addresses of the account");
        if (checks.RequiredText(request.HelloName, "HelloName") && !IdentityName.IsDomain(request.HelloName))
            checks.Fail("HelloName must be a host name with its domain");
        if (request.SiloHost is { } host && !IsHostName(host)) checks.Fail("SiloHost must be a host name");
        if (request is { SiloHost: not null, Via: not null }) checks.Fail("SiloHost must be absent with Via: the proxy has the address");
        Check(request.Via, checks);
        if (checks.Error is not null || ip is null) return null;
        var via = request.Via is { } given ? new SocksProxy(given.Host!, given.Port!.Value, given.User, given.Password) : null;
        return new DedicatedIpSettings(ip, pool == SendingPool.Default ? null : pool, request.HelloName!, via, request.SiloHost);
    }

    public static DedicatedIpDescription ToWire(DedicatedIp ip, bool isManaged, DateTimeOffset now)
    {
        var (status, percentage) = DedicatedIpMembers.WarmUp(ip, isManaged, now);
        var plan = ip.WarmUp.Plan(isManaged);
        var isCustom = !isManaged && ip.WarmUp.DailyCaps is not null;
        return new DedicatedIpDescription(
            ip.Ip, ip.Pool, ip.HelloName, ip.Via is { } via ? new ProxyDescription(via.Host, via.Port, via.User) : null, ip.SiloHost,
            EpochSeconds.From(ip.CreatedAt),
            new IpWarmUpDescription(
                status, percentage, isCustom ? "CUSTOM" : "AUTOMATIC", plan.Mode == WarmUpMode.Adaptive ? "ADAPTIVE" : "TIME",
                EpochSeconds.From(ip.WarmUp.StartedAt), isCustom ? ip.WarmUp.DailyCaps : null, isManaged ? null : ip.WarmUp.ProviderCaps));
    }

    private static void Check(PutProxy? via, MemberChecks checks)
    {
        if (via is null) return;
        if (checks.RequiredText(via.Host, "Via.Host") && !IsHostName(via.Host) && !IPAddress.TryParse(via.Host, out _))
            checks.Fail("Via.Host must be a host name or an address");
        if (checks.Required(via.Port, "Via.Port")) checks.Range(via.Port, "Via.Port", 1, 65_535);
        if (via.User is null != via.Password is null) checks.Fail("Via must have both User and Password or none of them");
        CheckCredential(via.User, "Via.User", checks);
        CheckCredential(via.Password, "Via.Password", checks);
    }

    private static void CheckCredential(string? value, string member, MemberChecks checks)
    {
        if (value is not null && Encoding.UTF8.GetByteCount(value) is 0 or > MaxCredentialBytes)
            checks.Fail($"{member} must have 1 to {MaxCredentialBytes} bytes");
    }

    // Hosts of a private network have names of one label too.
    private static bool IsHostName(string name) => IdentityName.IsDomain(name) || (!name.Contains('.') && IdentityName.IsDomain(name + ".local"));
}

/// <param name="PoolName">Absent for the default pool.</param>
/// <param name="HelloName">The name in EHLO.</param>
/// <param name="Via">A SOCKS5 proxy that has the address; absent when a host of Silo's has it.</param>
/// <param name="SiloHost">The only host that can bind the address; absent when all can.</param>
internal sealed record PutDedicatedIpRequest(string? PoolName, string? HelloName, PutProxy? Via, string? SiloHost);

internal sealed record PutProxy(string? Host, int? Port, string? User, string? Password);

internal sealed record DedicatedIpDescription(
    string Ip, string PoolName, string HelloName, ProxyDescription? Via, string? SiloHost, decimal CreatedAt, IpWarmUpDescription WarmUp);

/// <summary>The password is not answered.</summary>
internal sealed record ProxyDescription(string Host, int Port, string? User);

/// <param name="Plan">AUTOMATIC or CUSTOM.</param>
/// <param name="Mode">TIME or ADAPTIVE.</param>
internal sealed record IpWarmUpDescription(
    string Status, int Percentage, string Plan, string Mode, decimal StartedAt, IReadOnlyList<long>? DailyCaps,
    IReadOnlyDictionary<string, IReadOnlyList<long>>? ProviderCaps);

internal sealed record ListDedicatedIpsResponse(IReadOnlyList<DedicatedIpDescription> DedicatedIps, string? NextToken);
