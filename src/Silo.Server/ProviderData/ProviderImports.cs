using System.Text.Json.Serialization.Metadata;
using Silo.Core.ProviderData;
using Silo.Server.Accounts;
using Silo.Server.Blocklists;
using Silo.Server.Egress;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.ProviderData;

/// <summary>
/// Keeps what providers measured, and tells tenants of what is bad. The same data again changes nothing: what was told is stored with it
/// (afterwards, so that a crash in between tells it once more). Safe for several threads.
/// </summary>
internal sealed partial class ProviderImports(
    IResourceStore store, Arns arns, AccountResources account, BlocklistSubjects subjects, ITenants tenants, TimeProvider time,
    ILogger<ProviderImports> logger)
{
    private const int MaxDocuments = 25_000;
    private const int MaxWriteAttempts = 5;
    private const int PageSize = 1_000;

    private readonly StoredDocuments<GoogleDocument> _google = new(store, ResourceKind.ProviderData, ProviderJson.Default.GoogleDocument);
    private readonly StoredDocuments<SndsDocument> _snds = new(store, ResourceKind.ProviderData, ProviderJson.Default.SndsDocument);
    private readonly SemaphoreSlim _writing = new(1);

    public async ValueTask<GoogleDocument?> Google(string domain, CancellationToken cancellationToken) =>
        (await _google.Get(GoogleDocument.Prefix + domain, cancellationToken))?.Value;

    public async ValueTask<SndsDocument?> Snds(string ip, CancellationToken cancellationToken) =>
        (await _snds.Get(SndsDocument.Prefix + ip, cancellationToken))?.Value;

    /// <summary>Takes days of a domain. False when too many others write at the same time: then nothing was taken.</summary>
    public async ValueTask<bool> Take(string domain, IReadOnlyList<GoogleDay> days, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            var now = time.GetUtcNow();
            var key = GoogleDocument.Prefix + domain;
            var written = await Change(
                _google, key,
                known => (known ?? new GoogleDocument(domain, [], now)) with { Days = GoogleDay.Merge(known?.Days ?? [], [.. days.Where(d => !ProviderVerdicts.IsToCome(d.Day, now))]), ImportedAt = now },
                cancellationToken);
            if (written is null) return false;
            var told = await Tell(written, now, cancellationToken);
            if (!ReferenceEquals(told, written.Told)) await Change(_google, key, known => known! with { Told = told }, cancellationToken);
            return true;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Takes rows of addresses.</summary>
    /// <returns>The addresses that are none of a pool, and whether all others were taken.</returns>
    public async ValueTask<(IReadOnlyList<string> Unknown, bool All)> Take(IReadOnlyList<SndsRow> rows, CancellationToken cancellationToken)
    {
        var unknown = new List<string>();
        var all = true;
        foreach (var group in rows.GroupBy(r => IpLiteral.Read(r.Address) ?? r.Address))
        {
            if (await subjects.Find(group.Key, cancellationToken) is not { Pool: { } pool } subject) unknown.Add(group.Key);
            else all &= await Take(subject.Name, pool, subject.Owner, [.. group.Select(r => r.Day)], cancellationToken);
        }

        return (unknown, all);
    }

    /// <summary>
    /// What Google measured of a tenant's mail, by the domains that are its alone. What is not known is null, with the reason.
    /// </summary>
    public async ValueTask<GmailRates> GmailOf(string tenant, CancellationToken cancellationToken)
    {
        var rates = new List<GmailRate>();
        var (isShared, now) = (false, time.GetUtcNow());
        await foreach (var domain in DomainsOf(tenant, cancellationToken))
        {
            if (await Google(domain, cancellationToken) is not { } known) continue;
            var isAlone = await OnlyUser(domain, cancellationToken) is not null;
            isShared |= !isAlone;
            foreach (var day in known.Days.Reverse())
            {
                if (!isAlone || day.RateOf(tenant) is not { } rate) continue;
                rates.Add(new GmailRate(domain, day.Day, rate, rate != day.SpamRate));
                break;
            }
        }

        var recent = rates.Where(r => ProviderVerdicts.IsRecent(r.Day, now)).ToArray();
        return new GmailRates(
            recent.Length == 0 ? null : recent.Max(r => r.SpamRate),
            recent.Length > 0 ? null : rates.Count > 0 ? "What Google Postmaster Tools says is older than 7 days."
                : isShared ? "Its domains are used by other tenants too."
                : "Nothing of Google Postmaster Tools was imported for a domain of this tenant.",
            rates);
    }

    private async IAsyncEnumerable<string> DomainsOf(
        string tenant, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? after = null;
        do
        {
            var page = await store.ListByTenant(tenant, ResourceKind.EmailIdentity, after, PageSize, cancellationToken);
            foreach (var identity in page.Items)
                if (!IdentityName.IsAddress(identity.ResourceName)) yield return identity.ResourceName;
            after = page.Next;
        }
        while (after is not null);
    }

    private async ValueTask<bool> Take(string ip, string pool, string? owner, IReadOnlyList<SndsDay> days, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            var now = time.GetUtcNow();
            var key = SndsDocument.Prefix + ip;
            IReadOnlyList<SndsDay> before = [];
            var written = await Change(
                _snds, key,
                known =>
                {
                    before = known?.Days ?? [];
                    var newer = days.Where(d => !ProviderVerdicts.IsToCome(d.Day, now)).ToArray();
                    return (known ?? new SndsDocument(ip, [], now)) with { Days = SndsDay.Merge(before, newer), ImportedAt = now };
                },
                cancellationToken);
            if (written is null) return false;
            foreach (var day in written.Days.Where(d => IsBad(d) && ProviderVerdicts.IsRecent(d.Day, now) && !before.Contains(d)))
                LogBad(ip, pool, owner, day.Day, day.FilterResult, day.TrapHits);
            if (owner is null) return true;
            var told = await Tell(written, owner, now, cancellationToken);
            if (!ReferenceEquals(told, written.Told)) await Change(_snds, key, known => known! with { Told = told }, cancellationToken);
            return true;
        }
        finally
        {
            _writing.Release();
        }
    }

    public static bool IsBad(SndsDay day) => day.FilterResult == SndsFilterResult.Red || day.TrapHits > 0;

    /// <summary>The one tenant that is associated with the domain; null when there is none, or several.</summary>
    private async ValueTask<string?> OnlyUser(string domain, CancellationToken cancellationToken) =>
        (await store.ListByResource(arns.Identity(domain), null, 2, cancellationToken)).Items is [var only] ? only.TenantName : null;

    /// <returns>What was written; null when others kept writing, or there is no room.</returns>
    private async ValueTask<T?> Change<T>(StoredDocuments<T> documents, string key, Func<T?, T> change, CancellationToken cancellationToken)
        where T : class
    {
        for (var attempt = 0; attempt < MaxWriteAttempts; attempt++)
        {
            var current = await documents.Get(key, cancellationToken);
            var next = change(current?.Value);
            var done = current is null
                ? await documents.Create(
                    key, "provider-data:" + key, next, time.GetUtcNow(), [], MaxDocuments, cancellationToken) == ResourceCreation.Created
                : await documents.Replace(key, next, current.Version, cancellationToken);
            if (done) return next;
        }

        return null;
    }

    [LoggerMessage(
        2051, LogLevel.Warning, "Microsoft's data of {Ip} (pool {Pool}, tenant {Tenant}) on {Day}: filter result {Filter}, {TrapHits} trap hits")]
    private partial void LogBad(string ip, string pool, string? tenant, DateOnly day, SndsFilterResult filter, long trapHits);
}

/// <param name="SpamRate">The worst of its domains' newest ones that are not older than 7 days; null when it is not known.</param>
/// <param name="Reason">Why it is not known.</param>
/// <param name="Rates">The newest of each domain, however old.</param>
internal sealed record GmailRates(double? SpamRate, string? Reason, IReadOnlyList<GmailRate> Rates);

/// <param name="IsByLoop">Measured by the tenant's own feedback loop; else of all mail of the domain, which is its alone.</param>
internal sealed record GmailRate(string Domain, DateOnly Day, double SpamRate, bool IsByLoop);
