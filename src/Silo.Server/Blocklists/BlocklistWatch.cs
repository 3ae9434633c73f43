using Silo.Core.Blocklists;
using Silo.Core.Reputation;
using Silo.Server.Egress;
using Silo.Server.Tenants;
using Silo.Server.Tenants.Embedded;
using Silo.Storage;

namespace Silo.Server.Blocklists;

/// <summary>
/// Looks an address or a domain up, stores what the lists say, and tells the tenant whose finding it is. What it told is stored with it, so
/// that the end of a listing reaches whoever was told of its beginning. Safe for several threads.
/// </summary>
internal sealed partial class BlocklistWatch(
    IResourceStore store, BlocklistSubjects subjects, BlocklistLookup lookup, ITenants tenants, TimeProvider time, ILogger<BlocklistWatch> logger)
{
    /// <summary>Addresses and domains that are remembered, with room for some that are not used any more.</summary>
    public const int MaxSubjects = 25_000;

    private const string Prefix = "subject:";

    private readonly StoredDocuments<SubjectListings> _documents = new(store, ResourceKind.BlocklistState, BlocklistJson.Default.SubjectListings);
    private readonly StoredDocuments<BlocklistZones> _zones = new(store, ResourceKind.BlocklistState, BlocklistJson.Default.BlocklistZones);
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>There are lists to ask.</summary>
    public bool IsOn => lookup.Zones.Count > 0;

    public async ValueTask<SubjectListings?> Get(string subject, CancellationToken cancellationToken) =>
        (await _documents.Get(Prefix + subject, cancellationToken))?.Value;

    /// <summary>In the order of their names.</summary>
    public async ValueTask<IReadOnlyList<SubjectListings>> List(CancellationToken cancellationToken) =>
        [.. (await _documents.List(cancellationToken)).Where(d => d.Name.StartsWith(Prefix, StringComparison.Ordinal)).Select(_documents.Parse)];

    /// <summary>The last test of each list that is configured, by whatever silo it was made; without a time for one that never was.</summary>
    public async ValueTask<IReadOnlyList<(BlocklistZone Zone, ZoneTest? Test)>> Zones(CancellationToken cancellationToken)
    {
        var stored = (await _zones.Get(BlocklistZones.Name, cancellationToken))?.Value.Tests ?? [];
        var tests = stored.Concat(lookup.Tests).GroupBy(t => t.Zone).ToDictionary(g => g.Key, g => g.MaxBy(t => t.At));
        return [.. lookup.Zones.Select(z => (z, tests.GetValueOrDefault(z.Name)))];
    }

    /// <summary>Asks all lists now. Null when it is nothing that is looked up: what was stored of it is forgotten, and its tenant told.</summary>
    public async ValueTask<SubjectListings?> Look(string name, CancellationToken cancellationToken)
    {
        if (await subjects.Find(name, cancellationToken) is not { } subject)
        {
            await Forget(name, cancellationToken);
            return null;
        }

        var answers = await lookup.Ask(subject.Name, subject.Kind, cancellationToken);
        await _writing.WaitAsync(cancellationToken);
        try
        {
            return await Take(subject, answers, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Stores the tests of the lists for those who ask another silo.</summary>
    public async ValueTask KeepTests(CancellationToken cancellationToken)
    {
        var zones = new BlocklistZones(lookup.Tests);
        if (await _zones.Get(BlocklistZones.Name, cancellationToken) is { } current)
            await _zones.Replace(BlocklistZones.Name, zones, current.Version, cancellationToken);
        else
            await _zones.Create(BlocklistZones.Name, Arn(BlocklistZones.Name), zones, time.GetUtcNow(), [], MaxSubjects, cancellationToken);
    }

    internal static string Arn(string name) => "blocklist:" + name;

    private async ValueTask<SubjectListings> Take(
        BlocklistSubject subject, IReadOnlyList<(string Zone, BlocklistAnswer Answer)> answers, CancellationToken cancellationToken)
    {
        var (key, now) = (Prefix + subject.Name, time.GetUtcNow());
        var stored = await _documents.Get(key, cancellationToken);
        var next = (stored?.Value ?? new SubjectListings { Subject = subject.Name, Kind = subject.Kind })
            .Keep([.. answers.Select(a => a.Zone)], now) with { Pool = subject.Pool, LookedAt = now };
        foreach (var (zone, answer) in answers)
        {
            (next, var step) = next.Apply(zone, answer, now);
            if (step == ListingStep.Opened) LogListed(subject.Name, zone, answer.Codes!, subject.Pool, subject.Owner);
            if (step == ListingStep.Closed) LogDelisted(subject.Name, zone);
        }

        // Somebody else looked at the same time: what they found stands, and they tell of it.
        if (await Write(key, next, stored?.Version, now, cancellationToken) is not { } version)
            return await Get(subject.Name, cancellationToken) ?? next;
        var told = await Tell(next, subject.Owner, now, cancellationToken);
        if (!ReferenceEquals(told, next)) await _documents.Replace(key, told, version, cancellationToken);
        return told;
    }

    /// <returns>The version that was written; null when somebody else wrote.</returns>
    private async ValueTask<long?> Write(string key, SubjectListings next, long? version, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (version is { } expected) return await _documents.Replace(key, next, expected, cancellationToken) ? expected + 1 : null;
        return await _documents.Create(key, Arn(key), next, now, [], MaxSubjects, cancellationToken) == ResourceCreation.Created ? 1 : null;
    }

    /// <summary>Tells tenants what they have not been told; who could not be told is next time.</summary>
    private async ValueTask<SubjectListings> Tell(SubjectListings listings, string? owner, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var next = listings;
        foreach (var zone in listings.Zones)
        {
            try
            {
                if (zone.ToTakeBack(owner) is { } former)
                {
                    if (!await IsListedElsewhere(listings.Subject, zone.Zone, former, cancellationToken))
                    {
                        var words = $"{listings.Subject} is not listed any more.";
                        await Report(former, zone.Zone, ExternalReportKind.IpDelisted, words, cancellationToken);
                    }

                    next = next.With(next.Find(zone.Zone)! with { ToldTo = null, ToldAt = null });
                }

                if (zone.ToTell(owner, now) is { } told
                    && await Report(told, zone.Zone, ExternalReportKind.IpListed, $"{listings.Subject} is listed: {zone.Codes}.", cancellationToken))
                    next = next.With(next.Find(zone.Zone)! with { ToldTo = told, ToldAt = now });
            }
            catch (Exception e) when (e is StorageException or ActorBusyException)
            {
                LogNotTold(listings.Subject, zone.Zone, e);
            }
        }

        return next;
    }

    /// <summary>A list names a tenant once, whatever it lists of it: another address or domain may keep it listed.</summary>
    private async ValueTask<bool> IsListedElsewhere(string subject, string zone, string tenant, CancellationToken cancellationToken) =>
        (await List(cancellationToken)).Any(s => s.Subject != subject && s.Find(zone) is { IsListed: true } z && z.ToldTo == tenant);

    private ValueTask<bool> Report(string tenant, string zone, ExternalReportKind kind, string words, CancellationToken cancellationToken)
    {
        // A long domain and many codes.
        var detail = words.Length > ExternalReport.MaxDetailLength ? words[..ExternalReport.MaxDetailLength] : words;
        return tenants.Get(tenant).TakeReport(new ExternalReport { Source = zone, Kind = kind, Detail = detail }, cancellationToken);
    }

    private async ValueTask Forget(string name, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            var key = Prefix + name;
            if (await _documents.Get(key, cancellationToken) is not { } stored) return;
            var now = time.GetUtcNow();
            var told = await Tell(stored.Value.Keep([], now), null, now, cancellationToken);
            if (told.Zones.All(z => z.ToldTo is null)) await _documents.Delete(key, Arn(key), cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    [LoggerMessage(2041, LogLevel.Warning, "{Subject} is listed by {Zone} ({Codes}); pool {Pool}, tenant {Tenant}")]
    private partial void LogListed(string subject, string zone, string codes, string? pool, string? tenant);

    [LoggerMessage(2042, LogLevel.Information, "{Subject} is not listed by {Zone} any more")]
    private partial void LogDelisted(string subject, string zone);

    [LoggerMessage(2043, LogLevel.Warning, "A tenant could not be told what {Zone} says of {Subject}; the next look tells it")]
    private partial void LogNotTold(string subject, string zone, Exception exception);
}
