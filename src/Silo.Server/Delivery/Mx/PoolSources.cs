using Silo.Server.Egress;

namespace Silo.Server.Delivery.Mx;

/// <summary>
/// The addresses of sending pools as sources: each is made when mail is first to leave from it, and its connections are closed when it is
/// gone and nothing of it is in hand. Thread-safe.
/// </summary>
/// <param name="firstNumber">Of the first source that is made here.</param>
internal sealed class PoolSources(MxOptions options, int firstNumber, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Made> _made = new(StringComparer.Ordinal);
    private readonly HashSet<Made> _leaving = [];
    private EgressPlan? _plan;
    private int _next = firstNumber;

    /// <summary>Those that there are connections of, maybe: also ones that are gone and in use.</summary>
    public IReadOnlyList<MxSource> All
    {
        get
        {
            lock (_lock) return [.. _made.Values.Concat(_leaving).Select(m => m.Source)];
        }
    }

    /// <summary>Addresses are so from now on. One that has another name or proxy is another source.</summary>
    public void Follow(EgressPlan plan)
    {
        var unused = new List<MxSource>();
        lock (_lock)
        {
            _plan = plan;
            foreach (var (name, made) in _made)
            {
                if (plan.FindIp(name) is { } ip && IsSame(ip.Document, made.Ip.Document))
                {
                    if (ip.Pool.Limits != made.Ip.Pool.Limits) made.Source.Pool.Change(options.ToPoolLimits(ip.Pool.Limits));
                    made.Ip = ip;
                    continue;
                }

                _made.Remove(name);
                if (made.Uses == 0) unused.Add(made.Source);
                else _leaving.Add(made);
            }
        }

        foreach (var source in unused) _ = source.DisposeAsync().AsTask();
    }

    /// <summary>The source for one hand-over, which gives it back by <see cref="Release"/>; null when the address is gone.</summary>
    public MxSource? Take(string ip)
    {
        lock (_lock)
        {
            if (!_made.TryGetValue(ip, out var made))
            {
                if (_plan?.FindIp(ip) is not { } known) return null;
                _made.Add(ip, made = new Made(known, new MxSource(_next++, known, options, time)));
            }

            made.Uses++;
            return made.Source;
        }
    }

    public void Release(MxSource source)
    {
        lock (_lock)
        {
            if (!_made.TryGetValue(source.Name, out var made) || made.Source != source) made = _leaving.First(l => l.Source == source);
            if (--made.Uses > 0 || !_leaving.Remove(made)) return;
        }

        _ = source.DisposeAsync().AsTask();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in All) await source.DisposeAsync();
    }

    private static bool IsSame(DedicatedIp one, DedicatedIp other) => one.HelloName == other.HelloName && one.Via == other.Via;

    private sealed class Made(SourceIp ip, MxSource source)
    {
        public SourceIp Ip { get; set; } = ip;

        public MxSource Source => source;

        public int Uses { get; set; }
    }
}
