namespace Silo.Benchmarks.Storage;

/// <summary>Draws tenant k of n with a chance proportional to 1 / k.</summary>
internal sealed class ZipfTenants
{
    private readonly double[] _cumulative;
    private readonly Random _random;

    public ZipfTenants(int count, int seed)
    {
        _random = new Random(seed);
        _cumulative = new double[count];
        var sum = 0.0;
        for (var i = 0; i < count; i++) _cumulative[i] = sum += 1.0 / (i + 1);
    }

    /// <summary>0 to n - 1.</summary>
    public int Next()
    {
        var at = Array.BinarySearch(_cumulative, _random.NextDouble() * _cumulative[^1]);
        return Math.Min(at < 0 ? ~at : at, _cumulative.Length - 1);
    }
}
