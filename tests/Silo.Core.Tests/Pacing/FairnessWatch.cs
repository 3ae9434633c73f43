using Silo.Core.Pacing;

namespace Silo.Core.Tests.Pacing;

/// <summary>
/// At one shared level: while a tenant waits for this level and for nothing else, no other tenant gets more here by weight, but for
/// what the rounds allow.
/// </summary>
internal sealed class FairnessWatch(SharedLevel level, int quantum)
{
    // Two rounds made up by the other one, two by this one before it began to wait, and the one begun.
    private const double RoundsAhead = 5;

    private readonly Dictionary<PacedTenant, double> _served = [];
    private readonly Dictionary<PacedTenant, Dictionary<PacedTenant, double>> _since = [];

    public double WorstRounds { get; private set; }

    public void Serve(PacedTenant tenant, int count) =>
        _served[tenant] = _served.GetValueOrDefault(tenant) + (count / tenant.Weight);

    public void Restart() => _since.Clear();

    /// <param name="waiting">Who waits now for this level alone.</param>
    /// <returns>What is wrong, or null.</returns>
    public string? Check(HashSet<PacedTenant> waiting)
    {
        foreach (var tenant in _since.Keys.Except(waiting).ToArray()) _since.Remove(tenant);
        foreach (var tenant in waiting)
        {
            if (!_since.TryGetValue(tenant, out var since))
            {
                _since.Add(tenant, new Dictionary<PacedTenant, double>(_served));
                continue;
            }

            var own = _served.GetValueOrDefault(tenant) - since.GetValueOrDefault(tenant);
            foreach (var (other, served) in _served)
            {
                var rounds = (served - since.GetValueOrDefault(other) - own) / quantum;
                WorstRounds = Math.Max(WorstRounds, rounds);
                if (rounds > RoundsAhead)
                {
                    return $"{level.Name}: {other.Name} (weight {other.Weight}) got {rounds:F2} rounds more than {tenant.Name} " +
                        $"(weight {tenant.Weight}), which waits for it";
                }
            }
        }

        return null;
    }
}
