using Silo.Core.Reputation;
using Silo.Server.Tenants;
using Silo.Server.Tenants.Embedded;
using Silo.Storage;

namespace Silo.Server.Metrics;

/// <summary>
/// Answers what became of mail from the roll-ups: for the API, exports, the console and the command line alike. Of one tenant it is exact up
/// to now, since its owner stores what it holds first. Over all tenants it is exact up to what was stored, which a tenant that sends is
/// every five minutes; with few tenants on one silo those are asked to store first, too.
/// </summary>
public sealed class MetricsReader(ISiloStore store, ITenants tenants, UnstoredRollUps unstored)
{
    /// <summary>As many as store what they hold before a question over all of them is answered.</summary>
    private const int AskedToStore = 128;

    /// <summary>Null when the tenant that it is about does not exist.</summary>
    /// <param name="request">Without a <see cref="MetricsRequest.Fault"/>.</param>
    /// <exception cref="StorageException">The store cannot be asked.</exception>
    public async ValueTask<MetricsAnswer?> Read(MetricsRequest request, CancellationToken cancellationToken)
    {
        long? tenantKey = null;
        if (request.Filter.TenantName is { } name)
        {
            tenantKey = await tenants.Get(name).WriteRollUps(cancellationToken);
            if (tenantKey == 0) return null;
        }
        else
        {
            await Task.WhenAll(unstored.Some(AskedToStore).Select(n => Store(n, cancellationToken)));
        }

        var (from, to) = request.Hours();
        var query = QueryOf(request, tenantKey, from, to);
        var most = request.Top ?? MetricsRequest.MaxRows;
        var sums = await store.RollUps.Read(query, most + 1, cancellationToken);
        var isCut = sums.Count > most;
        if (isCut) sums = [.. sums.Take(most)];
        var before = request.WithPrevious ? await Before(query, sums, cancellationToken) : null;
        return new MetricsAnswer(
            RollUpKey.Begin(from), RollUpKey.Begin(to), [.. sums.Select(s => RowOf(request, s, before?.GetValueOrDefault(s.Name)))], isCut);
    }

    /// <summary>One metric of the mail that fits, with a value for each bucket from the first to the last.</summary>
    public async ValueTask<IReadOnlyList<(DateTimeOffset Start, MetricsValue Value)>?> Series(
        Metric metric, MetricsFilter filter, DateTimeOffset from, DateTimeOffset to, MetricsPeriod period, CancellationToken cancellationToken)
    {
        var answer = await Read(new MetricsRequest([metric], from, to, period) { Filter = filter }, cancellationToken);
        if (answer is null) return null;
        var known = answer.Rows.ToDictionary(r => r.Start, r => r.Values[0]);
        var nothing = new MetricsValue(0, metric.Whole is null ? null : 0);
        return [.. Buckets(answer, period).Select(start => (start, known.GetValueOrDefault(start, nothing)))];
    }

    /// <summary>Where each bucket of an answer begins, also of those without rows.</summary>
    public static IEnumerable<DateTimeOffset> Buckets(MetricsAnswer answer, MetricsPeriod period)
    {
        if (period == MetricsPeriod.Total) return [answer.From];
        var length = TimeSpan.FromHours(period == MetricsPeriod.Day ? 24 : 1);
        return Enumerable.Range(0, (int)((answer.To - answer.From) / length)).Select(i => answer.From + length * i);
    }

    // One that cannot now does so later, as those that are not asked.
    private async Task Store(string tenantName, CancellationToken cancellationToken)
    {
        try
        {
            await tenants.Get(tenantName).WriteRollUps(cancellationToken);
        }
        catch (Exception e) when (e is ActorBusyException or StorageException)
        {
        }
    }

    private static RollUpQuery QueryOf(MetricsRequest request, long? tenantKey, int from, int to)
    {
        var (by, filter) = (request.By, request.Filter);
        var length = request.Period switch { MetricsPeriod.Hour => 1, MetricsPeriod.Day => 24, _ => 0 };
        return new RollUpQuery(
            tenantKey, from, to, length, (by & MetricsDimensions.Identity) != 0, (by & MetricsDimensions.ConfigurationSet) != 0,
            (by & MetricsDimensions.Provider) != 0)
        {
            ByTenant = (by & MetricsDimensions.Tenant) != 0, Identity = filter.Identity, ConfigurationSet = filter.ConfigurationSet,
            Provider = filter.Provider, RankBy = request.RankBy?.Columns,
            Columns = [.. request.Metrics.SelectMany(m => m.Columns.Concat(m.Whole ?? [])).Distinct().Order()],
        };
    }

    private async ValueTask<Dictionary<RollUpName, RollUpSum>> Before(
        RollUpQuery query, IReadOnlyList<RollUpSum> sums, CancellationToken cancellationToken)
    {
        var (length, only) = (query.ToHour - query.FromHour, sums.Select(s => s.Name).Distinct().ToArray());
        var before = await store.RollUps.Read(
            query with { FromHour = query.FromHour - length, ToHour = query.FromHour, RankBy = null, Only = only }, only.Length, cancellationToken);
        return before.ToDictionary(s => s.Name);
    }

    private static MetricsRow RowOf(MetricsRequest request, RollUpSum sum, RollUpSum? before) => new(
        RollUpKey.Begin(sum.FirstHour), sum.TenantName, sum.Identity, sum.ConfigurationSet, sum.Provider,
        [.. request.Metrics.Select(m => new MetricsValue(Add(m.Columns, sum)!.Value, Add(m.Whole, sum))
        {
            PreviousCount = request.WithPrevious ? Add(m.Columns, before) ?? 0 : null,
            PreviousOf = request.WithPrevious && m.Whole is not null ? Add(m.Whole, before) ?? 0 : null,
        })]);

    // What is taken back of an hour that is not kept any more leaves less than nothing.
    private static long? Add(IReadOnlyList<int>? columns, RollUpSum? sum) =>
        columns is null || sum is null ? null : Math.Max(0, columns.Sum(c => sum.Counts[c]));
}
