using System.Collections.Concurrent;

namespace Silo.LoadTest.Sinks.Accounting;

/// <summary>Counts faults by kind and keeps the first few in words. Safe for several threads.</summary>
internal sealed class FaultNotes
{
    /// <summary>Examples of a kind.</summary>
    public const int MostExamples = 20;

    private readonly long[] _counts = new long[Enum.GetValues<SinkFault>().Length];
    private readonly ConcurrentDictionary<SinkFault, ConcurrentQueue<string>> _examples = new();

    public void Add(SinkFault fault, Func<string> words, long count = 1)
    {
        if (Interlocked.Add(ref _counts[(int)fault], count) - count >= MostExamples) return;
        var examples = _examples.GetOrAdd(fault, static _ => new ConcurrentQueue<string>());
        if (examples.Count < MostExamples) examples.Enqueue(words());
    }

    public FaultNotes Copy()
    {
        var copy = new FaultNotes();
        _counts.CopyTo(copy._counts, 0);
        foreach (var (fault, examples) in _examples) copy._examples[fault] = new ConcurrentQueue<string>(examples);
        return copy;
    }

    public IReadOnlyList<SinkViolation> ToViolations() =>
    [
        .. Enum.GetValues<SinkFault>().Where(f => Volatile.Read(ref _counts[(int)f]) > 0)
            .Select(f => new SinkViolation(f, _counts[(int)f], [.. _examples.GetValueOrDefault(f)?.Take(MostExamples) ?? []])),
    ];
}
