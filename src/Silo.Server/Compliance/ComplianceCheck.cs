using Silo.Core.Addresses;
using Silo.Core.Compliance;
using Silo.Core.Reputation;
using Silo.Core.SenderAuthentication;
using Silo.Dns;
using Silo.Server.Accounts;
using Silo.Server.Feedback;
using Silo.Server.Identities;
using Silo.Server.Lists;
using Silo.Server.ProviderData;
using Silo.Server.PublicWeb;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Compliance;

/// <summary>
/// Gathers what the rules of mailbox providers ask about a tenant: DNS of its domains, its configuration sets, its volumes. Everything is
/// bounded: domains, questions, time; what was not asked is unknown.
/// </summary>
internal sealed class ComplianceCheck(
    IResourceStore resources, AccountResources account, ITenants tenants, ProviderImports providerData, DnsClient dns, PublicLinks links,
    UnsubscribeOptions unsubscribe, FeedbackOptions feedback, SendingSources sources, TimeProvider time)
{
    /// <summary>Identities of a tenant that are looked at; the answer says when there are more.</summary>
    public const int MaxIdentities = 20;

    private const int MaxSets = 100;
    private const int MaxParents = 4;

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(15);
    private static readonly string[] Providers = ["Gmail", "Yahoo", "Microsoft"];

    /// <summary>Null when there is no such tenant.</summary>
    public async ValueTask<ComplianceReport?> Of(string tenantName, CancellationToken cancellationToken)
    {
        if (await tenants.Get(tenantName).Reputation(cancellationToken) is not { } reputation) return null;
        using var budget = new CancellationTokenSource(Budget, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);

        var sets = await Sets(tenantName, cancellationToken);
        // What names no configuration set leaves as what names one without a pool.
        var from = await Sources([.. sets.Select(s => s.DeliveryOptions?.SendingPoolName), null], both.Token, cancellationToken);
        var identities = await resources.ListByTenant(tenantName, ResourceKind.EmailIdentity, null, MaxIdentities, cancellationToken);
        var facts = await Task.WhenAll(identities.Items
            .Select(a => IdentityName.IsAddress(a.ResourceName) ? a.ResourceName[(a.ResourceName.LastIndexOf('@') + 1)..] : a.ResourceName)
            .Distinct(StringComparer.Ordinal).Select(d => FactsOf(d, from, both.Token, cancellationToken)));
        var items = facts.SelectMany(DomainRules.Judge).ToList();
        items.AddRange(sets.Select(s => SenderRules.OneClick(FactsOf(s))));

        var gmail = await providerData.GmailOf(tenantName, cancellationToken);
        var providers = Providers.Select(p => FactsOf(p, reputation, gmail)).ToList();
        items.AddRange(providers.Select(SenderRules.Complaints));
        var found = items.ToArray();
        items.AddRange(providers.Select(p => SenderRules.Bulk(p, found)));
        return new ComplianceReport(time.GetUtcNow(), items, identities.Next is not null);
    }

    private async ValueTask<List<ConfigurationSet>> Sets(string tenantName, CancellationToken cancellationToken)
    {
        var found = new List<ConfigurationSet>();
        var sets = await resources.ListByTenant(tenantName, ResourceKind.ConfigurationSet, null, MaxSets, cancellationToken);
        foreach (var each in sets.Items)
            if (await account.GetConfigurationSet(each.ResourceName, cancellationToken) is { } set) found.Add(set);
        return found;
    }

    private async ValueTask<MailSources> Sources(IReadOnlyList<string?> pools, CancellationToken budget, CancellationToken cancellationToken)
    {
        try
        {
            return await sources.Of(pools, budget);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new MailSources([], "there was no time left to look");
        }
    }

    private async Task<DomainFacts> FactsOf(string domain, MailSources from, CancellationToken budget, CancellationToken cancellationToken)
    {
        var identity = await account.FindIdentityForDomain(domain, cancellationToken);
        var returnPath = identity?.MailFrom is { Status: "SUCCESS" } mailFrom
            ? mailFrom.Domain
            : feedback.ReturnPathDomain?.ToLowerInvariant() ?? domain;
        // The key that signs, as signing finds it: of tokens only one is in use, and after a change of keys another than the first.
        var selector = identity is { IsVerified: true, Dkim: { SigningEnabled: true, Status: "SUCCESS" } dkim }
            ? dkim.SigningSelector : null;
        var signed = selector is not null;
        TextAnswer[] keys = signed ? [await Ask(IdentityRecords.NameOf(selector!, identity!.Name), budget)] : [];
        var spf = await Ask(returnPath, budget);
        var dmarc = new List<TextAnswer>();
        // A record above counts for the domains below it (RFC 7489 6.6.3); without a list of public suffixes the walk ends at two labels.
        var name = domain;
        for (var level = 0; level < MaxParents && name.Contains('.'); level++)
        {
            var answer = await Ask("_dmarc." + name, budget);
            dmarc.Add(answer);
            if (answer.Texts?.Any(t => t.StartsWith("v=DMARC1", StringComparison.Ordinal)) != false) break;
            name = name[(name.IndexOf('.') + 1)..];
        }

        var look = new SpfLook(dns);
        var ofSources = new List<SourceFacts>();
        foreach (var address in from.Addresses)
        {
            if (!IpNumber.TryParse(address, out var number)) continue;
            var verdict = await look.Of(new SpfRequest(number, returnPath, $"postmaster@{returnPath}", returnPath), budget);
            ofSources.Add(new SourceFacts(address, verdict.Result, verdict.Reason));
        }

        return new DomainFacts(domain, returnPath, spf, signed, keys, dmarc)
        {
            Sources = ofSources, SourcesAre = from.Why, AreSourcesGuessed = from.IsGuess,
        };
    }

    private async Task<TextAnswer> Ask(string name, CancellationToken budget)
    {
        try
        {
            var answer = await dns.Query(name, DnsRecordType.Txt, budget);
            return answer.Kind switch
            {
                DnsAnswerKind.Found => new TextAnswer(name, [.. answer.Records.OfType<TextRecord>().Select(r => r.Text)]),
                DnsAnswerKind.NoData or DnsAnswerKind.NameNotFound => new TextAnswer(name, []),
                _ => new TextAnswer(name, null, answer.Detail),
            };
        }
        catch (OperationCanceledException)
        {
            return new TextAnswer(name, null, "there was no time left");
        }
    }

    private StreamFacts FactsOf(ConfigurationSet set)
    {
        var why = !unsubscribe.BulkStreams ? "Silo:Unsubscribe:BulkStreams is off."
            : set.UnsubscribeLinks == "DISABLED" ? "Links to unsubscribe by are switched off for the set."
            : !links.IsHttps ? "Silo:Public:BaseUrl is not https, which one-click needs."
            : null;
        return new StreamFacts(set.Name, MailStreamName.Parse(set.Stream) == Core.Pacing.MailStream.Bulk, why is null, why);
    }

    private static ProviderFacts FactsOf(string provider, TenantReputation reputation, GmailRates gmail)
    {
        var day = Volume(ReputationWindow.Day);
        if (provider == "Gmail")
        {
            return new ProviderFacts(
                provider, day.Sent, gmail.SpamRate, gmail.Reason?.TrimEnd('.') ?? "the worst of 7 days by Google Postmaster Tools");
        }

        var week = Volume(ReputationWindow.Week);
        var hasLoop = MailboxProvider.All.Any(p => p.Name == provider && p.HasFeedbackLoop);
        return new ProviderFacts(
            provider, day.Sent, hasLoop ? week.ComplaintRate : null,
            week.ComplaintRate is null ? "nothing was delivered there in 7 days" : "complaints in 7 days by its feedback loop");

        ReputationVolume Volume(ReputationWindow window) =>
            reputation.Volumes.FirstOrDefault(v => v.Window == window && v.Provider == provider)?.Volume ?? default;
    }
}

/// <param name="IsPartial">The tenant has more identities than were looked at.</param>
internal sealed record ComplianceReport(DateTimeOffset At, IReadOnlyList<ComplianceItem> Items, bool IsPartial);
