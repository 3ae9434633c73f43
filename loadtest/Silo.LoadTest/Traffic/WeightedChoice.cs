namespace Silo.LoadTest.Traffic;

/// <summary>Draws an index with the probability of its weight, in constant time however many there are (Vose's alias method).</summary>
internal sealed class WeightedChoice
{
    private readonly double[] _keep;
    private readonly int[] _other;

    /// <param name="weights">At least one; none below 0, not all 0.</param>
    public WeightedChoice(IReadOnlyList<double> weights)
    {
        var count = weights.Count;
        Total = weights.Sum();
        if (!(Total > 0) || weights.Any(w => !(w >= 0)))
            throw new ArgumentException("Weights must be 0 or above, and not all 0.", nameof(weights));
        (_keep, _other) = (new double[count], new int[count]);
        var (small, large) = (new Stack<int>(), new Stack<int>());
        for (var i = 0; i < count; i++)
        {
            _keep[i] = weights[i] * count / Total;
            (_keep[i] < 1 ? small : large).Push(i);
        }

        while (small.Count > 0 && large.Count > 0)
        {
            var (less, more) = (small.Pop(), large.Pop());
            _other[less] = more;
            _keep[more] -= 1 - _keep[less];
            (_keep[more] < 1 ? small : large).Push(more);
        }

        // What is left is 1 but for rounding.
        foreach (var i in small.Concat(large)) _keep[i] = 1;
    }

    public double Total { get; }

    public int Draw(Random random)
    {
        var i = random.Next(_keep.Length);
        return random.NextDouble() < _keep[i] ? i : _other[i];
    }
}
