using Silo.Core.ProviderData;
using Silo.Server.Egress;
using Silo.Storage;

namespace Silo.Server.ProviderData;

/// <summary>
/// Once a day one silo of the cluster fetches what providers measured; an hour after a fetch that failed it is tried again. Who replaces the
/// document of the last fetch has the turn.
/// </summary>
internal sealed partial class ProviderFetchService(
    IResourceStore store, ProviderDataOptions options, ProviderFetcher fetcher, ProviderImports imports, TimeProvider time,
    ILogger<ProviderFetchService> logger) : BackgroundService
{
    private const int MaxProblems = 5;
    private static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Interval = TimeSpan.FromDays(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromHours(1);

    // A thousand domains at their slowest take longer; then another silo fetches the same once more, which changes nothing.
    private static readonly TimeSpan HeldFor = TimeSpan.FromHours(1);

    private readonly StoredDocuments<ProviderFetch> _fetches = new(store, ResourceKind.ProviderData, ProviderJson.Default.ProviderFetch);

    /// <summary>The last fetch; null before the first.</summary>
    public async ValueTask<ProviderFetch?> Last(CancellationToken cancellationToken) =>
        (await _fetches.Get(ProviderFetch.Name, cancellationToken))?.Value;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Google.Domains.Count == 0 && options.Snds.Url is null) return;
        using var timer = new PeriodicTimer(LookInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Tick(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it was must not end the watch, and with it the process.
                LogFailed(e);
            }
        }
    }

    /// <summary>Fetches if it is time and this silo's turn. Not to be called twice at a time.</summary>
    internal async ValueTask Tick(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var stored = await _fetches.Get(ProviderFetch.Name, cancellationToken);
        if (stored is not null && !IsDue(stored.Value, now)) return;
        var begun = new ProviderFetch(now) { HeldUntil = now + HeldFor };
        var isMine = stored is null
            ? await _fetches.Create(
                ProviderFetch.Name, "provider-data:" + ProviderFetch.Name, begun, now, [], int.MaxValue, cancellationToken) == ResourceCreation.Created
            : await _fetches.Replace(ProviderFetch.Name, begun, stored.Version, cancellationToken);
        if (!isMine) return;
        var done = begun with
        {
            HeldUntil = null, GoogleProblem = await FetchGoogle(cancellationToken), SndsProblem = await FetchSnds(cancellationToken),
            CompletedAt = time.GetUtcNow(),
        };
        await _fetches.Replace(ProviderFetch.Name, done, (stored?.Version ?? 0) + 1, cancellationToken);
    }

    // Times that lie further ahead than they can are those of a clock that has been set back since.
    private static bool IsDue(ProviderFetch last, DateTimeOffset now)
    {
        if (last.HeldUntil is { } held && held > now && held - now <= HeldFor) return false;
        var rest = last is { CompletedAt: not null, GoogleProblem: null, SndsProblem: null } ? Interval : RetryInterval;
        return now - last.StartedAt >= rest || last.StartedAt > now;
    }

    private async ValueTask<string?> FetchSnds(CancellationToken cancellationToken)
    {
        if (options.Snds.Url is null) return null;
        var reading = await fetcher.Snds(cancellationToken);
        if (reading.Problem is not null) LogNotFetched("SNDS", reading.Problem);
        else await imports.Take(reading.Rows, cancellationToken);
        return reading.Problem;
    }

    private async ValueTask<string?> FetchGoogle(CancellationToken cancellationToken)
    {
        if (options.Google.Domains.Count == 0) return null;
        var (token, problem) = await fetcher.GoogleToken(cancellationToken);
        if (token is null)
        {
            LogNotFetched("Google", problem!);
            return problem;
        }

        var problems = new List<string>();
        foreach (var name in options.Google.Domains)
        {
            var domain = name.ToLowerInvariant().TrimEnd('.');
            var reading = await fetcher.Google(domain, token, cancellationToken);
            // What came before the problem is good.
            if (reading.Days.Count > 0) await imports.Take(domain, reading.Days, cancellationToken);
            if (reading.Problem is null) continue;
            LogNotFetched(domain, reading.Problem);
            if (problems.Count < MaxProblems) problems.Add($"{domain}: {reading.Problem}");
        }

        return problems.Count == 0 ? null : string.Join("; ", problems);
    }

    [LoggerMessage(2053, LogLevel.Warning, "Data of providers could not be fetched; that is tried again")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(2054, LogLevel.Warning, "Data of {Source} could not be fetched ({Problem}); that is tried again in an hour")]
    private partial void LogNotFetched(string source, string problem);
}
