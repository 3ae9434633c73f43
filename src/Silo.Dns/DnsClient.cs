using Silo.Dns.Answers;
using Silo.Dns.Asking;
using Silo.Dns.Servers;
using Silo.Dns.Wire;

namespace Silo.Dns;

/// <summary>
/// Asks name servers: UDP with EDNS0, TCP when truncated, retries, cache by TTL. Thread-safe. Never throws for what a server says or does.
/// </summary>
public sealed class DnsClient : IAsyncDisposable
{
    private readonly DnsClientOptions _options;
    private readonly TimeProvider _time;
    private readonly Asker _asker;
    private readonly AnswerCache _cache;
    private readonly SemaphoreSlim _places;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<DnsQuestion, Task<DnsAnswer>> _underWay = [];
    private volatile bool _isDisposed;

    /// <param name="options">See there. One out of its range throws.</param>
    /// <param name="time">Timeouts and times to live.</param>
    /// <param name="random">
    /// Ids, source ports, server order; used under a lock of the client. <see cref="UnpredictableRandom"/> in production.
    /// </param>
    public DnsClient(DnsClientOptions options, TimeProvider time, Random random)
    {
        options.Check();
        var chance = new Chance(random);
        (_options, _time) = (options, time);
        _asker = new Asker(options, NameServers.Of(options, chance), new Exchanger(options, time, chance));
        _cache = new AnswerCache(options.MaxCacheEntries, options.MaxCacheBytes, time);
        _places = new SemaphoreSlim(options.MaxQuestionsUnderWay);
    }

    /// <summary>A question waits for a place as long as one that nobody answers takes.</summary>
    private TimeSpan MaxWait => _options.Timeout * _options.Tries;

    /// <summary>Asks, or answers from what it remembers. Equal questions under way at once share one.</summary>
    /// <param name="name">Without or with a final dot; A-label form. One that is no domain name answers BadName; "." is the root.</param>
    /// <param name="type">One of the named values.</param>
    /// <param name="cancellationToken">
    /// Ends this wait alone, with an <see cref="OperationCanceledException"/>; others that wait for the same go on.
    /// </param>
    public ValueTask<DnsAnswer> Query(string name, DnsRecordType type, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (!Enum.IsDefined(type)) throw new ArgumentOutOfRangeException(nameof(type), type, "This type cannot be asked for.");
        if (DomainName.Normalize(name) is not { } normal)
            return new(new DnsAnswer(DnsAnswerKind.BadName, [], _time.GetUtcNow(), false) { Detail = "this is not a domain name" });
        var question = new DnsQuestion(normal, type);
        return _cache.Find(question) is { } known ? new(known) : new(Join(question).WaitAsync(cancellationToken));
    }

    /// <summary>Ends the questions under way: they answer TimedOut. Later ones throw <see cref="ObjectDisposedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] underWay;
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            underWay = [.. _underWay.Values];
        }

        await _end.CancelAsync();
        await Task.WhenAll(underWay);
        _end.Dispose();
        _places.Dispose();
    }

    private Task<DnsAnswer> Join(DnsQuestion question)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_underWay.TryGetValue(question, out var underWay)) return underWay;
            // It may have ended between the first look and the lock.
            if (_cache.Find(question) is { } known) return Task.FromResult(known);
            // It belongs to all who wait for it, so nobody's cancellation ends it; its own time does.
            var patience = new CancellationTokenSource(MaxWait, _time);
            underWay = Task.Run(() => Run(question, patience), CancellationToken.None);
            _underWay.Add(question, underWay);
            return underWay;
        }
    }

    private async Task<DnsAnswer> Run(DnsQuestion question, CancellationTokenSource patience)
    {
        try
        {
            var asked = await WaitForPlace(patience) is { } refused ? refused : await AskInPlace(question);
            var timeToLive = Composition.TimeToLiveOf(asked, _options);
            var answer = Composition.AnswerOf(question, asked, _time.GetUtcNow() + timeToLive);
            // What the end of the client broke off says nothing about the name.
            if (!_end.IsCancellationRequested) _cache.Add(question, answer, timeToLive, asked.Bytes);
            return answer;
        }
        finally
        {
            lock (_lock) _underWay.Remove(question);
        }
    }

    /// <summary>Null when there is a place.</summary>
    private async Task<Asked?> WaitForPlace(CancellationTokenSource patience)
    {
        using (patience)
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _end.Token))
        {
            try
            {
                await _places.WaitAsync(either.Token);
                return null;
            }
            catch (OperationCanceledException)
            {
                return new Asked(null, false, 0)
                {
                    Faults = [_end.IsCancellationRequested ? "the client was closed" : "too many questions are under way"],
                };
            }
        }
    }

    private async Task<Asked> AskInPlace(DnsQuestion question)
    {
        try
        {
            // Twice: an answer that was cut takes its time again over TCP.
            using var patience = new CancellationTokenSource(MaxWait * 2, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _end.Token);
            return await _asker.Ask(question, either.Token);
        }
        finally
        {
            _places.Release();
        }
    }
}
