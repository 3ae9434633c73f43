using Silo.Server.Egress;
using Silo.Storage;

namespace Silo.Server.Blocklists;

/// <summary>
/// Once an hour every address and domain is looked up, by one silo of the cluster, spread over the hour. Who replaces the round's document
/// has the turn, and says so again each minute; when it falls silent another one goes on where it was.
/// </summary>
/// <param name="jitter">From 0 to below 1; for several threads.</param>
internal sealed partial class BlocklistService(
    IResourceStore store, BlocklistSubjects subjects, BlocklistWatch watch, Func<double> jitter, TimeProvider time,
    ILogger<BlocklistService> logger) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan HeldFor = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan SayAgain = TimeSpan.FromMinutes(1);

    private readonly StoredDocuments<BlocklistRound> _rounds = new(store, ResourceKind.BlocklistState, BlocklistJson.Default.BlocklistRound);
    private Turn? _turn;

    /// <summary>The present or the last look; null before the first.</summary>
    public async ValueTask<BlocklistRound?> Round(CancellationToken cancellationToken) =>
        (await _rounds.Get(BlocklistRound.Name, cancellationToken))?.Value;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!watch.IsOn) return;
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
                _turn = null;
                LogFailed(e);
            }
        }
    }

    /// <summary>Looks up what is due by now, if the turn is this silo's or can be. Not to be called twice at a time.</summary>
    internal async ValueTask Tick(CancellationToken cancellationToken)
    {
        if ((_turn ??= await TakeTurn(cancellationToken)) is not { } turn || !await Keep(turn, cancellationToken)) return;
        while (turn.Due.TryPeek(out var name, out var at))
        {
            // What lies further ahead than it can was planned by a clock that has been set back since.
            if (at > time.GetUtcNow() && at - time.GetUtcNow() <= Interval) return;
            turn.Due.Dequeue();
            await Look(name, cancellationToken);
            if (!await Keep(turn, cancellationToken)) return;
        }

        await watch.KeepTests(cancellationToken);
        var done = turn.Round with { CompletedAt = time.GetUtcNow(), HeldUntil = null };
        await _rounds.Replace(BlocklistRound.Name, done, turn.Version, cancellationToken);
        _turn = null;
    }

    /// <summary>Null while there is nothing to do, or another one does it.</summary>
    private async ValueTask<Turn?> TakeTurn(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (await _rounds.Get(BlocklistRound.Name, cancellationToken) is not { } stored)
        {
            var first = new BlocklistRound(now) { HeldUntil = now + HeldFor };
            return await _rounds.Create(
                BlocklistRound.Name, BlocklistWatch.Arn(BlocklistRound.Name), first, now, [], BlocklistWatch.MaxSubjects, cancellationToken)
                == ResourceCreation.Created ? await Plan(first, 1, cancellationToken) : null;
        }

        var round = stored.Value;
        // Times that lie further ahead than they can are those of a clock that has been set back since.
        if (round.HeldUntil is { } held && held > now && held - now <= HeldFor) return null;
        var age = now - round.StartedAt;
        if (round.CompletedAt is not null && age < Interval && age >= TimeSpan.Zero) return null;
        var goesOn = round.CompletedAt is null && age < Interval * 2 && age >= TimeSpan.Zero;
        var next = (goesOn ? round : new BlocklistRound(now)) with { HeldUntil = now + HeldFor };
        return await _rounds.Replace(BlocklistRound.Name, next, stored.Version, cancellationToken)
            ? await Plan(next, stored.Version + 1, cancellationToken)
            : null;
    }

    private async ValueTask<Turn> Plan(BlocklistRound round, long version, CancellationToken cancellationToken)
    {
        var names = await subjects.Names(cancellationToken);
        var known = (await watch.List(cancellationToken)).ToDictionary(s => s.Subject, s => s.LookedAt, StringComparer.Ordinal);
        var turn = new Turn(round with { Subjects = names.Count }, version);
        for (var i = 0; i < names.Count; i++)
        {
            if (known.Remove(names[i], out var lookedAt) && lookedAt >= round.StartedAt && lookedAt <= time.GetUtcNow()) continue;
            // A quarter of its place at most, so that what is looked up alone is so after about an hour.
            turn.Due.Enqueue(names[i], round.StartedAt + (Interval * ((i + (jitter() / 4)) / names.Count)));
        }

        // What is not used any more is forgotten with a last look.
        foreach (var gone in known.Keys) turn.Due.Enqueue(gone, round.StartedAt);
        return turn;
    }

    /// <summary>Says that the turn is still this silo's. False when another one has taken it.</summary>
    private async ValueTask<bool> Keep(Turn turn, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (turn.Round.HeldUntil - now is { } left && left >= HeldFor - SayAgain && left <= HeldFor) return true;
        turn.Round = turn.Round with { HeldUntil = now + HeldFor };
        if (await _rounds.Replace(BlocklistRound.Name, turn.Round, turn.Version++, cancellationToken))
        {
            await watch.KeepTests(cancellationToken);
            return true;
        }

        _turn = null;
        return false;
    }

    private async ValueTask Look(string name, CancellationToken cancellationToken)
    {
        try
        {
            await watch.Look(name, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotLooked(name, e);
        }
    }

    private sealed class Turn(BlocklistRound round, long version)
    {
        public BlocklistRound Round { get; set; } = round;

        public long Version { get; set; } = version;

        /// <summary>What is to be looked up yet, and when.</summary>
        public PriorityQueue<string, DateTimeOffset> Due { get; } = new();
    }

    [LoggerMessage(2044, LogLevel.Warning, "Blocklists could not be asked; that is tried again")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(2045, LogLevel.Warning, "{Subject} could not be looked up in blocklists; the next round tries it again")]
    private partial void LogNotLooked(string subject, Exception exception);
}
