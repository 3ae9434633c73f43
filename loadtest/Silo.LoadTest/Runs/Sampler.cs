using Silo.LoadTest.Servers;
using Silo.LoadTest.Sinks;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Runs;

/// <summary>Looks at everything once a second, and keeps it as the series of the report.</summary>
internal sealed class Sampler(
    IReadOnlyList<Generator> generators, ISink sink, ArrivalWatch watch, ILoadTarget target, IRunView view, TimeProvider time)
{
    // A day of seconds; a run that lasts longer shows its first.
    private const int MaxPoints = 86_400;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, (string Plot, string Unit, List<RunPoint> Points)> _series = new(StringComparer.Ordinal);
    private readonly long _begin = time.GetTimestamp();
    private double _at;
    private long _accepted;
    private long _delivered;
    private (double CpuSeconds, long ResidentBytes)? _figures = target.Figures();
    private RuntimeSample? _runtime = target.Runtime();

    public double QueuePeak { get; private set; }

    public double? MemoryPeak { get; private set; }

    public IReadOnlyList<RunSeries> Series => [.. _series.Select(s => new RunSeries(s.Key, s.Value.Plot, s.Value.Unit, s.Value.Points))];

    /// <summary>Until it is stopped.</summary>
    public async Task Run(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop)) Look();
        }
        catch (OperationCanceledException)
        {
            Look();
        }
    }

    private void Look()
    {
        var at = time.GetElapsedTime(_begin).TotalSeconds;
        var (seconds, latency) = (Math.Max(at - _at, 0.001), new LatencyHistogram());
        var counts = default(FlowCounts);
        foreach (var generator in generators) counts += generator.Count(latency);
        var arrived = sink.Counts;
        var queue = Math.Max(0, counts.Accepted - arrived.Delivered - arrived.HardBounced - arrived.SoftBounced);
        QueuePeak = Math.Max(QueuePeak, queue);
        var (accepted, delivered) = ((counts.Accepted - _accepted) / seconds, (arrived.Delivered - _delivered) / seconds);
        Add("accepted", "throughput", "messages/s", at, accepted);
        Add("delivered", "throughput", "messages/s", at, delivered);
        Add("latency p50", "latency", "ms", at, latency.At(0.5));
        Add("latency p99", "latency", "ms", at, latency.At(0.99));
        Add("queue", "queue", "messages", at, queue);
        foreach (var flow in generators.Select(g => g.Flow.Name))
        {
            var wait = new LatencyHistogram();
            watch.Of(flow).AddTo(wait, sinceLook: true);
            Add($"{flow}: wait p99", "fairness", "ms", at, wait.At(0.99));
        }

        var (cpu, memory) = LookAtServer(at, seconds);
        (_at, _accepted, _delivered) = (at, counts.Accepted, arrived.Delivered);
        view.Show(new RunSnapshot(
            at, counts.Accepted, accepted, delivered, queue, latency.At(0.5), latency.At(0.99), cpu, memory, counts.All - counts.Accepted));
    }

    private (double? Cpu, double? Memory) LookAtServer(double at, double seconds)
    {
        var figures = target.Figures();
        double? cpu = figures is var (used, _) && _figures is var (before, _) ? Math.Max(0, used - before) / seconds : null;
        double? memory = figures is var (_, bytes) ? bytes / 1048576.0 : null;
        _figures = figures ?? _figures;
        MemoryPeak = memory is { } now ? Math.Max(MemoryPeak ?? 0, now) : MemoryPeak;
        Add("server", "cpu", "cores", at, cpu);
        Add("resident", "memory", "MiB", at, memory);
        if (target.Runtime() is { } runtime)
        {
            Add("heap", "memory", "MiB", at, runtime.HeapBytes / 1048576.0);
            // One that was started anew begins at 0.
            if (_runtime is { } earlier && runtime.PauseMilliseconds >= earlier.PauseMilliseconds)
                Add("pauses", "gc", "ms/s", at, (runtime.PauseMilliseconds - earlier.PauseMilliseconds) / seconds);
            _runtime = runtime;
        }

        return (cpu, memory);
    }

    private void Add(string name, string plot, string unit, double at, double? value)
    {
        if (!_series.TryGetValue(name, out var series)) _series.Add(name, series = (plot, unit, []));
        if (series.Points.Count < MaxPoints) series.Points.Add(new RunPoint(Math.Round(at, 3), value is { } v ? Math.Round(v, 3) : null));
    }
}
