using System.Collections.Concurrent;
using Silo.LoadTest.Scenarios;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Runs;

/// <summary>The figures of a run as they become known. Safe for several threads.</summary>
internal sealed class FigureBook(Scenario scenario)
{
    private readonly IReadOnlyDictionary<string, string> _units = FigureNames.Of(scenario);
    private readonly ConcurrentDictionary<string, double> _values = new(StringComparer.Ordinal);

    public double? this[string name] => _values.TryGetValue(name, out var value) ? value : null;

    /// <param name="value">Null: not known, as of what nobody measured.</param>
    public void Set(string name, double? value)
    {
        if (!_units.ContainsKey(name)) throw new ArgumentException($"No run of this scenario has a figure {name}.", nameof(name));
        if (value is { } known && double.IsFinite(known)) _values[name] = known;
    }

    public void SetLatency(string name, LatencyHistogram latency)
    {
        Set($"{name}.p50", latency.At(0.5));
        Set($"{name}.p99", latency.At(0.99));
    }

    /// <summary>All that are known, in the order of their names' list.</summary>
    public IReadOnlyList<RunFigure> All() =>
        [.. _units.Where(u => _values.ContainsKey(u.Key)).Select(u => new RunFigure(u.Key, _values[u.Key], u.Value))];

    public string UnitOf(string name) => _units[name];
}
