using System.Net;
using Silo.Core.Addresses;
using Silo.Dns;
using Silo.Server.Egress;

namespace Silo.Server.Delivery.Mx;

/// <summary>The way to a domain.</summary>
/// <param name="Domain">The recipient's, lower case.</param>
/// <param name="Hosts">In the order in which they are tried.</param>
/// <param name="Provider">Whose mailboxes these are.</param>
internal sealed record MxRoute(string Domain, IReadOnlyList<string> Hosts, MailboxProvider Provider)
{
    /// <summary>The hosts whatever their order: what rests together.</summary>
    public string HostSet { get; } = string.Join(' ', Hosts.Order(StringComparer.Ordinal));

    /// <summary>What counts as one site for caps: all hosts of a provider, else the hosts that are named together.</summary>
    public string Site => Provider == MailboxProvider.Other ? HostSet : Provider.Name;
}

/// <summary>Why there is no way to a domain, or not now; a closed set.</summary>
internal enum NoRouteKind
{
    /// <summary>The domain accepts no mail, and says so.</summary>
    NullMx,

    /// <summary>The domain's name is none.</summary>
    BadName,

    /// <summary>There is no such domain, or no host for its mail. It may be a passing fault of its name servers.</summary>
    Nowhere,

    /// <summary>The mail would come back to us.</summary>
    Ours,

    /// <summary>The name servers did not say.</summary>
    NotKnown,
}

/// <param name="Kind">A closed set.</param>
/// <param name="Detail">One sentence for a person, without its full stop.</param>
/// <param name="AnswersUntil">With <see cref="NoRouteKind.Nowhere"/>: until when the name servers' answers are kept.</param>
internal sealed record NoRoute(NoRouteKind Kind, string Detail, DateTimeOffset AnswersUntil);

/// <summary>Finds the hosts of a domain and the addresses of a host (RFC 5321 5.1).</summary>
internal sealed class MxRouter(MxOptions options, DnsClient dns, Random random)
{
    private volatile Ourselves _own = Ourselves.Of(options, []);

    /// <summary>Names and addresses of pools are ours as well.</summary>
    public void Follow(EgressPlan plan) => _own = Ourselves.Of(options, [.. plan.Pools.SelectMany(p => plan.IpsOf(p.Name))]);

    public async ValueTask<(MxRoute? Route, NoRoute? None)> Find(string domain, CancellationToken cancellationToken)
    {
        var answer = await dns.Query(domain, DnsRecordType.Mx, cancellationToken);
        switch (answer.Kind)
        {
            case DnsAnswerKind.Found:
                return Of(domain, answer);
            case DnsAnswerKind.NoData:
                // Implicit MX: the domain's own address, if it has one.
                return _own.Names.Contains(domain)
                    ? (null, new NoRoute(NoRouteKind.Ours, $"{domain} is this server itself", answer.ValidUntil))
                    : (Route(domain, [domain]), null);
            case DnsAnswerKind.NameNotFound:
                return (null, new NoRoute(NoRouteKind.Nowhere, $"There is no domain {domain}", answer.ValidUntil));
            case DnsAnswerKind.BadName:
                return (null, new NoRoute(NoRouteKind.BadName, $"{domain} is no name of a domain", answer.ValidUntil));
            default:
                var detail = $"The MX records of {domain} could not be read: {answer.Detail}";
                return (null, new NoRoute(NoRouteKind.NotKnown, detail, answer.ValidUntil));
        }
    }

    /// <summary>The addresses of a host that may be connected to, or why there is none.</summary>
    public async ValueTask<(IReadOnlyList<IPAddress> Addresses, NoRoute? None)> Addresses(string host, CancellationToken cancellationToken)
    {
        var found = new List<IPAddress>();
        NoRoute? none = null;
        foreach (var type in options.UseIPv6 ? (DnsRecordType[])[DnsRecordType.Aaaa, DnsRecordType.A] : [DnsRecordType.A])
        {
            var answer = await dns.Query(host, type, cancellationToken);
            if (answer.Kind == DnsAnswerKind.Found)
            {
                var addresses = answer.Records.OfType<AddressRecord>().Select(r => r.Address).ToArray();
                random.Shuffle(addresses);
                found.AddRange(addresses.Where(a => MxAddress.IsElsewhere(a, options.AllowLoopback) && !_own.Addresses.Contains(a)));
                none = new NoRoute(NoRouteKind.Ours, $"{host} has no address but such of this machine", answer.ValidUntil);
                continue;
            }

            var isFinal = answer.Kind is DnsAnswerKind.NoData or DnsAnswerKind.NameNotFound or DnsAnswerKind.BadName;
            // Of two families the one that is not known may have addresses, and the one with the wrong ones tells most.
            if (none is not null && (isFinal || none.Kind == NoRouteKind.Ours)) continue;
            none = isFinal
                ? new NoRoute(NoRouteKind.Nowhere, $"The host {host} has no address", answer.ValidUntil)
                : new NoRoute(NoRouteKind.NotKnown, $"The address of {host} could not be read: {answer.Detail}", answer.ValidUntil);
        }

        return found.Count > 0 ? (found, null) : (found, none);
    }

    private (MxRoute? Route, NoRoute? None) Of(string domain, DnsAnswer answer)
    {
        var hosts = MxHosts.From(answer.Records.OfType<MxRecord>(), _own.Names.Contains, random, options.MaxHosts);
        return hosts.Kind switch
        {
            MxHostsKind.Hosts => (Route(domain, hosts.InOrder), null),
            MxHostsKind.NullMx => None(NoRouteKind.NullMx, $"{domain} accepts no mail (null MX, RFC 7505)"),
            MxHostsKind.Ours => None(NoRouteKind.Ours, $"The best MX host of {domain} is this server itself"),
            _ => None(NoRouteKind.Nowhere, $"The MX records of {domain} name no host"),
        };

        (MxRoute?, NoRoute?) None(NoRouteKind kind, string detail) => (null, new NoRoute(kind, detail, answer.ValidUntil));
    }

    /// <summary>What would lead mail back to us.</summary>
    private sealed record Ourselves(HashSet<string> Names, HashSet<IPAddress> Addresses)
    {
        public static Ourselves Of(MxOptions options, IReadOnlyList<SourceIp> ips) => new(
            new HashSet<string>(
                [.. options.Sources.Select(s => s.HelloName).OfType<string>(), options.HelloName, .. ips.Select(i => i.Document.HelloName)],
                StringComparer.OrdinalIgnoreCase),
            [.. options.Sources.Select(s => s.Address).OfType<string>().Select(IPAddress.Parse), .. ips.Select(i => i.Address)]);
    }

    private static MxRoute Route(string domain, IReadOnlyList<string> hosts) => new(domain, hosts, MailboxProvider.Classify(domain, hosts));
}
