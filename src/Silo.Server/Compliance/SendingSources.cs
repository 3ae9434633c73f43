using System.Net;
using Silo.Dns;
using Silo.Server.Delivery.Mx;
using Silo.Server.Delivery.Smtp;
using Silo.Server.Egress;
using Silo.Server.Hosting;

namespace Silo.Server.Compliance;

/// <summary>The addresses that mail leaves from, as others see them.</summary>
/// <param name="Addresses">None when nobody here knows them.</param>
/// <param name="Why">Whose they are, or why they are not known: the end of a sentence.</param>
/// <param name="IsGuess">They are those that a relay takes mail at, which need not be those that it sends from.</param>
internal sealed record MailSources(IReadOnlyList<string> Addresses, string Why, bool IsGuess = false);

/// <summary>Finds where a tenant's mail leaves from: the addresses of its pools, or the relay.</summary>
internal sealed class SendingSources(SiloSettings settings, SendingPools pools, DnsClient dns)
{
    /// <summary>Addresses of one tenant that are looked at.</summary>
    public const int MaxAddresses = 16;

    /// <param name="poolNames">Of the tenant's configuration sets; null for a set that names none.</param>
    public async ValueTask<MailSources> Of(IEnumerable<string?> poolNames, CancellationToken cancellationToken) => settings.Transport.Kind switch
    {
        TransportKind.Mx => OfPools(await pools.Get(cancellationToken), [.. poolNames.Distinct(StringComparer.Ordinal)]),
        TransportKind.Smtp => await OfRelay(settings.Relay.Host, cancellationToken),
        TransportKind.Ses => new MailSources([], "Amazon SES sends it"),
        _ => new MailSources([], "the simulator sends nothing"),
    };

    private MailSources OfPools(EgressPlan plan, IReadOnlyList<string?> names)
    {
        var ips = names.Select(plan.PoolFor).OfType<SendingPool>().DistinctBy(p => p.Name)
            .SelectMany(p => plan.IpsOf(p.Name)).Select(i => i.Address).ToList();
        var whose = "addresses of its pools";
        if (ips.Count == 0)
        {
            whose = $"addresses of {MxOptions.Section}:Sources";
            ips.AddRange(settings.Mx.Sources.Where(s => s.Address is not null).Select(s => IPAddress.Parse(s.Address!)));
        }

        var seen = ips.Where(IpLiteral.IsPublic).Select(i => i.ToString()).Distinct(StringComparer.Ordinal).ToList();
        return seen.Count == 0
            ? new MailSources([], "no address is configured that others could see")
            : new MailSources([.. seen.Take(MaxAddresses)], seen.Count > MaxAddresses ? $"the first {MaxAddresses} {whose}" : whose);
    }

    private async ValueTask<MailSources> OfRelay(string host, CancellationToken cancellationToken)
    {
        var found = new List<IPAddress>();
        if (IPAddress.TryParse(host, out var literal)) found.Add(literal);
        else
        {
            foreach (var type in new[] { DnsRecordType.A, DnsRecordType.Aaaa })
                found.AddRange((await dns.Query(host, type, cancellationToken)).Records.OfType<AddressRecord>().Select(r => r.Address));
        }

        var seen = found.Where(IpLiteral.IsPublic).Select(i => i.ToString()).Take(MaxAddresses).ToList();
        return seen.Count == 0
            ? new MailSources([], $"the relay {host} has no address that others could see")
            : new MailSources(seen, $"addresses of the relay {host}", IsGuess: true);
    }
}
