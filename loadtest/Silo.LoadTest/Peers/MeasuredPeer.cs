using Silo.LoadTest.Sinks;
using Silo.LoadTest.Sinks.Accounting;
using Silo.LoadTest.Sinks.Smtp;

namespace Silo.LoadTest.Peers;

/// <summary>A peer with its own sink and its own load, measured round by round.</summary>
internal sealed class MeasuredPeer : IAsyncDisposable
{
    /// <summary>Mail of a round that has not left after this has not left.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(5);

    // What a server still has to do with mail that left: files to remove, rows to settle.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(500);

    private readonly IPeer _peer;
    private readonly SmtpSink _sink;
    private readonly PeerLoad _load;
    private readonly TimeProvider _time;
    private readonly LastArrival _last;
    private long _sent;

    public MeasuredPeer(IPeer peer, SmtpSink sink, LastArrival last, PeerLoad load, TimeProvider time) =>
        (_peer, _sink, _last, _load, _time) = (peer, sink, last, load, time);

    public IPeer Peer => _peer;

    public List<PeerRound> Rounds { get; } = [];

    /// <exception cref="InvalidOperationException">It refused mail, or kept some of it.</exception>
    public async Task<PeerRound> Measure(int messages, double at, CancellationToken cancellationToken)
    {
        var cpu = ProcessTree.CpuSeconds(_peer.Roots);
        var began = _time.GetTimestamp();
        var latency = await _load.Run(messages, cancellationToken);
        var accepted = _time.GetElapsedTime(began).TotalSeconds;
        _sent += messages;
        while (_sink.Counts.Delivered < _sent)
        {
            if (_time.GetElapsedTime(began) > DrainTime)
                throw new InvalidOperationException($"{_peer.Name} delivered {_sink.Counts.Delivered} of {_sent} messages.");
            await Task.Delay(BetweenLooks, _time, cancellationToken);
        }

        var seconds = _time.GetElapsedTime(began, _last.At).TotalSeconds;
        await Task.Delay(Settling, _time, cancellationToken);
        cpu = ProcessTree.CpuSeconds(_peer.Roots) - cpu;
        var hasServer = _peer.Roots.Count > 0;
        return new PeerRound(
            at, messages / seconds, messages / accepted, hasServer ? cpu * 1000 / messages : null,
            latency.At(0.5) ?? 0, latency.At(0.99) ?? 0,
            hasServer ? ProcessTree.MemoryBytes(_peer.Roots) / 1048576.0 : null, ProcessTree.Count(_peer.Roots));
    }

    public SinkTally Tally() => _sink.Tally(_load.Sent);

    public async ValueTask DisposeAsync()
    {
        await _load.DisposeAsync();
        await _peer.DisposeAsync();
        await _sink.DisposeAsync();
    }
}

/// <summary>When the last message arrived. Safe for several threads.</summary>
internal sealed class LastArrival
{
    private long _at;

    /// <summary>A timestamp of the sink's clock; 0 before the first.</summary>
    public long At => Interlocked.Read(ref _at);

    public void Note(Arrival arrival)
    {
        while (Interlocked.Read(ref _at) is var last && arrival.EndedAt > last)
            if (Interlocked.CompareExchange(ref _at, arrival.EndedAt, last) == last) return;
    }
}
