using System.Diagnostics.CodeAnalysis;
using Silo.Server.Egress;

namespace Silo.Server.SesApi.Operations.DedicatedIps;

/// <summary>What the operations on pools and addresses check and say alike.</summary>
internal static class DedicatedIpMembers
{
    public static bool CheckPoolName([NotNullWhen(true)] string? name, string member, MemberChecks checks)
    {
        if (!checks.RequiredText(name, member)) return false;
        if (SendingPool.IsValidName(name)) return true;
        checks.Fail($"{member} must have 1 to {SendingPool.MaxNameLength} letters, digits, hyphens and underscores");
        return false;
    }

    /// <summary>The address in its canonical form; null with a failed check when it is none.</summary>
    public static string? CheckIp(string text, MemberChecks checks)
    {
        if (IpLiteral.Read(text) is { } ip) return ip;
        checks.Fail("Ip must be an IPv4 or IPv6 address that mail can leave from, in its usual form");
        return null;
    }

    public static SesError NoSuchPool(string name) => SesError.NotFound($"Dedicated IP pool {MemberChecks.Shown(name)} does not exist.");

    public static SesError NoSuchIp(string ip) => SesError.NotFound($"Dedicated IP {MemberChecks.Shown(ip)} does not exist.");

    /// <param name="pool">The pool that the write names.</param>
    public static SesAnswer AnswerOf(IpWrite write, string ip, string? pool) => write switch
    {
        IpWrite.Done => SesAnswer.Empty,
        IpWrite.NotFound => NoSuchIp(ip),
        IpWrite.NoSuchPool => NoSuchPool(pool ?? ""),
        IpWrite.Managed => SesError.BadRequest($"Dedicated IP {ip} is in a managed pool, where addresses are warmed up automatically."),
        IpWrite.LimitReached => SesError.LimitExceeded($"The account has reached its limit of {DedicatedIp.MaxIps} dedicated IPs."),
        _ => SesError.ConcurrentModification($"Dedicated IP {ip}"),
    };

    public static string ScalingMode(SendingPool pool) => pool.IsManaged ? "MANAGED" : "STANDARD";

    /// <summary>Status and percentage; in a managed pool there is neither (SES DedicatedIp).</summary>
    public static (string Status, int Percentage) WarmUp(DedicatedIp ip, bool isManaged, DateTimeOffset now)
    {
        if (isManaged) return ("NOT_APPLICABLE", -1);
        var percentage = ip.WarmUp.Percentage(now);
        return (percentage == 100 ? "DONE" : "IN_PROGRESS", percentage);
    }

    public static DedicatedIpOnWire ToWire(DedicatedIp ip, bool isManaged, DateTimeOffset now)
    {
        var (status, percentage) = WarmUp(ip, isManaged, now);
        return new DedicatedIpOnWire(ip.Ip, status, percentage, ip.Pool);
    }
}

/// <summary>SES DedicatedIp.</summary>
internal sealed record DedicatedIpOnWire(string Ip, string WarmupStatus, int WarmupPercentage, string PoolName);
