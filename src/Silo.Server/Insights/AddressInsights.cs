using Silo.Core.Addresses;
using Silo.Core.Suppression;
using Silo.Dns;
using Silo.Server.Delivery;
using Silo.Storage;
using Silo.Storage.Insights;

namespace Silo.Server.Insights;

/// <summary>How surely something holds.</summary>
internal enum Confidence
{
    Low,
    Medium,
    High,
}

/// <summary>What is known of an address. What is not known is null: nobody is asked whether a mailbox exists.</summary>
internal sealed record AddressVerdicts(Confidence IsValid)
{
    public Confidence? HasValidSyntax { get; init; }

    public Confidence? HasValidDnsRecords { get; init; }

    public Confidence? MailboxExists { get; init; }

    public Confidence? IsRoleAddress { get; init; }

    public Confidence? IsDisposable { get; init; }

    public Confidence? IsRandomInput { get; init; }
}

/// <summary>
/// Judges an address by what Silo has: its form, the domain's DNS records, suppression lists, and what became of mail to it.
/// </summary>
internal sealed class AddressInsights(
    ISiloStore store, DnsClient dns, MailboxProviders providers, InsightIndexer indexer, InsightSearch search, InsightOptions options,
    TimeProvider time)
{
    private const int MaxRows = 50;

    private readonly HashSet<string> _disposable = new(options.DisposableDomains, StringComparer.OrdinalIgnoreCase);

    /// <param name="tenantName">By whose lists and mail; null for the account's list and all mail.</param>
    public async ValueTask<AddressVerdicts> Of(string address, string? tenantName, CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(address, true, out var parsed))
            return new AddressVerdicts(Confidence.Low) { HasValidSyntax = Confidence.Low };
        var hasDns = await AskDns(parsed.Domain, cancellationToken);
        var exists = hasDns == Confidence.Low ? Confidence.Low : await AskHistory(address, tenantName, cancellationToken);
        var disposable = AddressTraits.IsDisposable(parsed.Domain) || IsConfigured(parsed.Domain) ? Confidence.High
            // Who has mailboxes for millions of people is known; of all others nobody can tell.
            : providers.Of(parsed.ToString()).Name != MailboxProvider.Other.Name ? Confidence.Low : default(Confidence?);
        var random = AddressTraits.RandomSigns(parsed.LocalPart) switch
        {
            0 => Confidence.Low,
            1 => Confidence.Medium,
            _ => Confidence.High,
        };
        return new AddressVerdicts(Whole(hasDns, exists, disposable, random))
        {
            HasValidSyntax = Confidence.High, HasValidDnsRecords = hasDns, MailboxExists = exists,
            IsRoleAddress = AddressTraits.IsRole(parsed.LocalPart) ? Confidence.High : Confidence.Low, IsDisposable = disposable,
            IsRandomInput = random,
        };
    }

    /// <summary>What speaks against it counts most; without evidence that somebody reads it, nothing is sure.</summary>
    internal static Confidence Whole(Confidence? hasDns, Confidence? exists, Confidence? disposable, Confidence random) =>
        hasDns == Confidence.Low || exists == Confidence.Low ? Confidence.Low
        : exists == Confidence.High && disposable != Confidence.High ? Confidence.High
        : random == Confidence.High && exists is null ? Confidence.Low
        : Confidence.Medium;

    /// <summary>RFC 5321 5.1: MX hosts, else the domain's own address. Null when the name servers did not say.</summary>
    private async ValueTask<Confidence?> AskDns(string domain, CancellationToken cancellationToken)
    {
        // An address literal has no records, and needs none.
        if (domain.StartsWith('[')) return Confidence.Medium;
        var mx = await dns.Query(domain, DnsRecordType.Mx, cancellationToken);
        switch (mx.Kind)
        {
            case DnsAnswerKind.Found:
                // A null MX accepts no mail (RFC 7505).
                return mx.Records.OfType<MxRecord>().Any(r => r.Exchange.Length > 0) ? Confidence.High : Confidence.Low;
            case DnsAnswerKind.NameNotFound or DnsAnswerKind.BadName:
                return Confidence.Low;
            case DnsAnswerKind.NoData:
                var unknown = false;
                foreach (var type in (DnsRecordType[])[DnsRecordType.A, DnsRecordType.Aaaa])
                {
                    var host = await dns.Query(domain, type, cancellationToken);
                    if (host.Kind == DnsAnswerKind.Found) return Confidence.Medium;
                    unknown |= host.Kind is DnsAnswerKind.TimedOut or DnsAnswerKind.ServerFailure;
                }

                return unknown ? null : Confidence.Low;
            default:
                return null;
        }
    }

    /// <summary>What became of mail to it, as far as it is kept.</summary>
    private async ValueTask<Confidence?> AskHistory(string address, string? tenantName, CancellationToken cancellationToken)
    {
        // An entry for a bounce stands for a mailbox that was not there; one for a complaint for somebody who reads.
        // The account's list is not shown to tenants.
        var listed = (await store.Suppressions.Find(tenantName ?? Core.Tenants.TenantName.Account, [address], cancellationToken))
            .Where(l => tenantName is null || l.OfTenant).ToList();
        if (listed.Any(l => l.Reason == SuppressionReason.Bounce)) return Confidence.Low;
        IReadOnlyList<long>? keys = null;
        if (tenantName is not null)
        {
            if (await store.Tenants.Load(tenantName, cancellationToken) is not { } tenant) return null;
            keys = [tenant.TenantKey];
        }

        await indexer.CatchUp(cancellationToken);
        var now = time.GetUtcNow();
        var query = new InsightQuery(
            (now - TimeSpan.FromDays(options.RetentionDays)).ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds() + 1, keys)
        {
            Include = new InsightFilter { Recipient = [address.Replace("*", "", StringComparison.Ordinal)] },
        };
        var rows = (await search.Page(query, null, MaxRows, cancellationToken)).Rows.OrderByDescending(r => r.Key.AcceptedMs).ToList();
        // The latest that says something.
        foreach (var row in rows)
        {
            if (row.Engagement != InsightEvents.None || row.Delivery == InsightEvents.Complaint) return Confidence.High;
            // Servers that take everything and bounce later are many.
            if (row.Delivery == InsightEvents.Delivery) return Confidence.Medium;
            if (row.Delivery == InsightEvents.PermanentBounce) return Confidence.Low;
        }

        return listed.Count > 0 ? Confidence.High : null;
    }

    private bool IsConfigured(string domain)
    {
        for (var rest = domain; ;)
        {
            if (_disposable.Contains(rest)) return true;
            var dot = rest.IndexOf('.', StringComparison.Ordinal);
            if (dot < 0) return false;
            rest = rest[(dot + 1)..];
        }
    }
}
