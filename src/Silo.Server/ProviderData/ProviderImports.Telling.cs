using Silo.Core.ProviderData;
using Silo.Core.Reputation;
using Silo.Server.Tenants.Embedded;
using Silo.Storage;

namespace Silo.Server.ProviderData;

// What tenants are told of what was measured.
internal sealed partial class ProviderImports
{
    private async ValueTask<IReadOnlyList<ProviderNotice>> Tell(GoogleDocument document, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var told = document.Told;
        if (await account.GetIdentity(document.Domain, cancellationToken) is not { IsVerified: true }) return told;
        if (await OnlyUser(document.Domain, cancellationToken) is not { } tenant) return told;
        var (worst, words) = (0, "");
        foreach (var day in document.Days.Where(d => ProviderVerdicts.IsRecent(d.Day, now)))
        {
            var rate = day.RateOf(tenant);
            if (ProviderVerdicts.ReportsOf(rate) is var level && level > worst)
                (worst, words) = (level, FormattableString.Invariant($"{rate:P2} reported as spam at Gmail on {day.Day:O}, {document.Domain}."));
        }

        if (worst == 0) return told;
        // Told of its other domains counts as well: several rates that are LOW are not one that is HIGH.
        var elsewhere = new List<ProviderNotice>();
        await foreach (var other in DomainsOf(tenant, cancellationToken))
            if (other != document.Domain && await Google(other, cancellationToken) is { } known) elsewhere.AddRange(known.Told);
        return await Tell(
            told, tenant, null, ProviderVerdicts.Missing([.. told, .. elsewhere], tenant, worst, now), ExternalReportKind.Abuse,
            "google-postmaster", words, now, cancellationToken);
    }

    private async ValueTask<IReadOnlyList<ProviderNotice>> Tell(
        SndsDocument document, string owner, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var told = document.Told;
        foreach (var day in document.Days.Where(d => ProviderVerdicts.IsRecent(d.Day, now) && d.TrapHits > 0))
        {
            told = await Tell(
                told, owner, day.Day, ProviderVerdicts.Missing(told, owner, day.Day, day.TrapHits), ExternalReportKind.SpamTrap, "snds",
                FormattableString.Invariant($"{day.TrapHits} spam traps of Microsoft's hit from {document.Ip} on {day.Day:O}."), now, cancellationToken);
        }

        if (document.Days.LastOrDefault(d => ProviderVerdicts.IsRecent(d.Day, now) && d.FilterResult == SndsFilterResult.Red) is { } red)
        {
            told = await Tell(
                told, owner, null, ProviderVerdicts.Missing(told, owner, ReputationThresholds.Default.LowReports, now), ExternalReportKind.Other,
                "snds", FormattableString.Invariant($"Microsoft took more than 90 % of the mail from {document.Ip} for spam on {red.Day:O}."), now,
                cancellationToken);
        }

        return told;
    }

    private async ValueTask<IReadOnlyList<ProviderNotice>> Tell(
        IReadOnlyList<ProviderNotice> told, string tenant, DateOnly? day, int count, ExternalReportKind kind, string source, string words,
        DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (count == 0) return told;
        try
        {
            var report = new ExternalReport { Source = source, Kind = kind, Count = count, Detail = words };
            return await tenants.Get(tenant).TakeReport(report, cancellationToken) ? ProviderVerdicts.Told(told, tenant, day, count, now) : told;
        }
        catch (Exception e) when (e is StorageException or ActorBusyException)
        {
            LogNotTold(source, e);
            return told;
        }
    }

    [LoggerMessage(2052, LogLevel.Warning, "A tenant could not be told what {Source} says of it; the next import tells it")]
    private partial void LogNotTold(string source, Exception exception);
}
