using System.Net;
using Silo.Server.Egress;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.DedicatedIps;

namespace Silo.Server.AdminApi;

/// <summary>Asks DNS about the names of a source address, now: what receivers will find.</summary>
internal static class IpNameOperations
{
    public static SesOperation Get { get; } = SesOperation.Of("GetDedicatedIpNames", "GET", DedicatedIpOperations.Path + "/names", Read);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (DedicatedIpMembers.CheckIp(call.Labels[0], checks) is not { } name) return checks.Error!;
        if (await call.Services.Ips.Get(name, cancellationToken) is not { } ip) return DedicatedIpMembers.NoSuchIp(name);
        var names = await SourceNames.Check(call.Services.Dns, IPAddress.Parse(name), ip.HelloName, cancellationToken);
        return SesAnswer.Json(
            new GetDedicatedIpNamesResponse(
                name, ip.HelloName, names.Problems.Count == 0 ? "OK" : "PROBLEM", names.PtrNames, names.ConfirmedNames, names.Problems),
            AdminJson.Default.GetDedicatedIpNamesResponse);
    }
}

/// <param name="Status">OK or PROBLEM.</param>
/// <param name="PtrNames">Of its PTR records.</param>
/// <param name="ConfirmedNames">Those of them that resolve to the address.</param>
/// <param name="Problems">Sentences for a person.</param>
internal sealed record GetDedicatedIpNamesResponse(
    string Ip, string HelloName, string Status, IReadOnlyList<string> PtrNames, IReadOnlyList<string> ConfirmedNames, IReadOnlyList<string> Problems);
