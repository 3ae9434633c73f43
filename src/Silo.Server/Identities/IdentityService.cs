using Silo.Server.Accounts;
using Silo.Server.Egress;
using Silo.Storage;

namespace Silo.Server.Identities;

/// <summary>
/// Looks at identities when it is time to, by one silo of the cluster: who replaces the round's document has the turn, and says so again
/// after a minute, at the next tick or between the looks of one. What is due stands with each identity, so whoever goes on loses nothing.
/// </summary>
internal sealed partial class IdentityService(
    IResourceStore store, AccountResources account, IdentityVerification verification, TimeProvider time, ILogger<IdentityService> logger)
    : BackgroundService
{
    /// <summary>Looks at the platform's own key; null without one.</summary>
    internal PlatformKeyCheck? PlatformKey { get; init; }

    /// <summary>Identities looked at in one tick; the rest follows in the next.</summary>
    public const int MaxLooks = 500;

    /// <summary>Looks between which it is seen to that the turn is still this silo's.</summary>
    private const int Chunk = 50;

    private const string RoundName = "~round";
    private const int PageSize = 1_000;
    private const int AtOnce = 8;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan HeldFor = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan SayAgain = TimeSpan.FromMinutes(1);

    private readonly StoredDocuments<IdentityRound> _rounds = new(store, ResourceKind.IdentityKeys, IdentityJson.Default.IdentityRound);
    private (long Version, DateTimeOffset HeldUntil)? _turn;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Tick(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it was must not end the watch, and with it the process.
                _turn = null;
                LogFailed(e);
            }
        }
    }

    /// <summary>Looks at what is due, if the turn is this silo's or can be. Not to be called twice at a time.</summary>
    internal async ValueTask Tick(CancellationToken cancellationToken)
    {
        if (!await HoldTurn(cancellationToken)) return;
        if (PlatformKey is not null) await PlatformKey.Look(cancellationToken);
        var due = await Due(cancellationToken);
        foreach (var some in due.Chunk(Chunk))
        {
            // Name servers that do not answer can make a tick longer than the turn.
            if (!await HoldTurn(cancellationToken)) return;
            await Look(some, cancellationToken);
        }
    }

    private Task Look(IReadOnlyList<string> names, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        names, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
        async (name, token) =>
        {
            try
            {
                await verification.Look(name, token);
            }
            catch (Exception e) when (!token.IsCancellationRequested)
            {
                // One that cannot be looked at keeps nobody else waiting.
                LogNotLooked(name, e);
            }
        });

    private async ValueTask<IReadOnlyList<string>> Due(CancellationToken cancellationToken)
    {
        var (now, due) = (time.GetUtcNow(), new List<(DateTimeOffset At, string Name)>());
        string? after = null;
        do
        {
            var page = await account.ListIdentities(after, null, PageSize, cancellationToken);
            foreach (var identity in page.Items.Where(verification.IsLookedAt))
            {
                var at = identity.Proof?.NextLookAt ?? identity.CreatedAt;
                // What lies further ahead than it can was planned by a clock that has been set back since.
                if (at <= now || at - now > VerificationRules.Daily * 2) due.Add((at, identity.Name));
            }

            after = page.Next;
        }
        while (after is not null);
        return [.. due.OrderBy(d => d.At).Take(MaxLooks).Select(d => d.Name)];
    }

    private async ValueTask<bool> HoldTurn(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_turn is { } mine && mine.HeldUntil - now <= HeldFor && mine.HeldUntil - now > HeldFor - SayAgain) return true;
        var next = new IdentityRound(now + HeldFor);
        var stored = await _rounds.Get(RoundName, cancellationToken);
        if (stored is null)
        {
            var created = await _rounds.Create(RoundName, IdentityKeys.ArnOf(RoundName), next, now, [], int.MaxValue, cancellationToken);
            _turn = created == ResourceCreation.Created ? (1, next.HeldUntil) : null;
            return _turn is not null;
        }

        var held = stored.Value.HeldUntil;
        // Times that lie further ahead than they can are those of a clock that has been set back since.
        if (_turn?.Version != stored.Version && held > now && held - now <= HeldFor) return false;
        _turn = await _rounds.Replace(RoundName, next, stored.Version, cancellationToken) ? (stored.Version + 1, next.HeldUntil) : null;
        return _turn is not null;
    }

    [LoggerMessage(4318, LogLevel.Error, "The watch over identities failed; it goes on with the next tick")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(4319, LogLevel.Warning, "The identity {Name} could not be looked at; the next tick does")]
    private partial void LogNotLooked(string name, Exception exception);
}
