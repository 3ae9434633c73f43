namespace Silo.Benchmarks.Cluster;

/// <summary>Measured values in order.</summary>
internal sealed class Percentiles(IEnumerable<double> values)
{
    private readonly double[] _sorted = [.. values.Order()];

    public IReadOnlyList<double> Values => _sorted;

    public int Count => _sorted.Length;

    public double Max => _sorted.Length == 0 ? double.NaN : _sorted[^1];

    /// <param name="share">0 to 1.</param>
    public double At(double share) =>
        _sorted.Length == 0 ? double.NaN : _sorted[Math.Min((int)(share * _sorted.Length), _sorted.Length - 1)];
}
