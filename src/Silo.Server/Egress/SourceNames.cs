using System.Globalization;
using System.Net;
using Silo.Dns;

namespace Silo.Server.Egress;

/// <summary>
/// What DNS says of the names of a source address. Large providers refuse mail from one without a PTR record whose name leads back to it
/// (forward-confirmed, RFC 8601 2.7.3 iprev), and many look whether the name in EHLO does (RFC 5321 4.1.4).
/// </summary>
/// <param name="PtrNames">Of its PTR records, at most <see cref="MaxNames"/>.</param>
/// <param name="ConfirmedNames">Those of them that resolve to the address.</param>
/// <param name="Problems">Sentences for a person, without a full stop; none when all is well.</param>
internal sealed record SourceNames(IReadOnlyList<string> PtrNames, IReadOnlyList<string> ConfirmedNames, IReadOnlyList<string> Problems)
{
    public const int MaxNames = 10;

    public static async ValueTask<SourceNames> Check(DnsClient dns, IPAddress address, string helloName, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var ptr = await dns.Query(ReverseName(address), DnsRecordType.Ptr, cancellationToken);
        string[] names = [.. ptr.Records.OfType<NameRecord>().Select(r => r.Target.TrimEnd('.')).Distinct(StringComparer.OrdinalIgnoreCase).Take(MaxNames)];
        var confirmed = new List<string>();
        foreach (var name in names)
        {
            var (leadsBack, failure) = await LeadsTo(dns, name, address, cancellationToken);
            if (leadsBack) confirmed.Add(name);
            else problems.Add(failure ?? $"The PTR record names {name}, which does not resolve to {address}");
        }

        if (IsUnknown(ptr)) problems.Add($"The PTR record of {address} could not be read: {ptr.Detail}");
        else if (names.Length == 0) problems.Add($"{address} has no PTR record");
        await CheckHello(dns, address, helloName, confirmed, problems, cancellationToken);
        return new SourceNames(names, confirmed, problems);
    }

    /// <summary>Where the PTR records of an address stand (RFC 1035 3.5, RFC 3596 2.5).</summary>
    internal static string ReverseName(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return bytes.Length == 4
            ? string.Join('.', bytes.Reverse()) + ".in-addr.arpa"
            : string.Join('.', bytes.Reverse().SelectMany(b => new[] { b & 15, b >> 4 }).Select(n => n.ToString("x", CultureInfo.InvariantCulture))) + ".ip6.arpa";
    }

    private static async ValueTask CheckHello(
        DnsClient dns, IPAddress address, string helloName, List<string> confirmed, List<string> problems, CancellationToken cancellationToken)
    {
        // An address literal needs no DNS.
        if (helloName.StartsWith('[') || confirmed.Contains(helloName, StringComparer.OrdinalIgnoreCase)) return;
        var (leadsBack, failure) = await LeadsTo(dns, helloName, address, cancellationToken);
        if (!leadsBack) problems.Add(failure ?? $"The name in EHLO, {helloName}, does not resolve to {address}");
        else if (confirmed.Count > 0) problems.Add($"The name in EHLO, {helloName}, is not the one that the PTR record names");
    }

    private static async ValueTask<(bool LeadsBack, string? Failure)> LeadsTo(
        DnsClient dns, string name, IPAddress address, CancellationToken cancellationToken)
    {
        var type = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? DnsRecordType.A : DnsRecordType.Aaaa;
        var answer = await dns.Query(name, type, cancellationToken);
        return IsUnknown(answer)
            ? (false, $"The addresses of {name} could not be read: {answer.Detail}")
            : (answer.Records.OfType<AddressRecord>().Any(r => r.Address.Equals(address)), null);
    }

    private static bool IsUnknown(DnsAnswer answer) => answer.Kind is DnsAnswerKind.ServerFailure or DnsAnswerKind.TimedOut;
}
