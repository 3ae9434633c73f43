using Silo.Core.Pacing;

namespace Silo.Core.Tests.Pacing;

/// <summary>
/// At one shared level: while a tenant waits for this level and for nothing else, no other tenant gets more here by weight than three
/// quanta, and a unit of each of them.
/// </summary>
/// <remarks>
/// Why three. Count what is served here in quanta of the tenant served. Let A stand in line the whole time, and the level's round end R
/// times. A round ends only when nobody who stands here has credit, so A's is between -1 unit and 0 at each end; from the first end to
/// the last A has thus got R - 1 quanta to the unit, and before and after it nothing less than zero. Another tenant B begins with two
/// quanta at most (the limit of <see cref="PacedTenant"/>'s credit), gets R more, and can overdraw by less than a unit: R + 2. The
/// difference is three, a unit of A's and one of B's. A tenant that left the line in between (its credit at a level around this one was
/// used up) counts anew from when it is back: what it may make up is the credit's to say, two quanta at most.
/// </remarks>
internal sealed class FairnessWatch(SharedLevel level, int quantum)
{
    private const double QuantaAhead = 3;

    private readonly Dictionary<PacedTenant, double> _served = [];
    private readonly Dictionary<PacedTenant, Dictionary<PacedTenant, double>> _since = [];
    private readonly List<PacedTenant> _gone = [];

    // Since the last check: nobody else can have come further ahead of anybody.
    private readonly HashSet<PacedTenant> _justServed = [];

    /// <summary>The largest difference so far, in quanta; of tenants of weight 1 and more, to whom a unit is little.</summary>
    public double WorstQuanta { get; private set; }

    public void Serve(PacedTenant tenant, int count)
    {
        _served[tenant] = _served.GetValueOrDefault(tenant) + (count / tenant.Weight);
        _justServed.Add(tenant);
        Keep(IsInLine);
    }

    public void Restart() => _since.Clear();

    /// <param name="waiting">Who waits now for this level alone.</param>
    /// <returns>What is wrong, or null.</returns>
    public string? Check(HashSet<PacedTenant> waiting)
    {
        Keep(waiting.Contains);
        foreach (var tenant in waiting)
        {
            if (!_since.TryGetValue(tenant, out var since))
            {
                _since.Add(tenant, new Dictionary<PacedTenant, double>(_served));
                continue;
            }

            var own = _served.GetValueOrDefault(tenant) - since.GetValueOrDefault(tenant);
            foreach (var other in _justServed)
            {
                var ahead = (_served[other] - since.GetValueOrDefault(other) - own) / quantum;
                if (tenant.Weight >= 1 && other.Weight >= 1) WorstQuanta = Math.Max(WorstQuanta, ahead);
                if (ahead > QuantaAhead + (((1 / tenant.Weight) + (1 / other.Weight)) / quantum) + 0.000001)
                {
                    return $"{level.Name}: {other.Name} (weight {other.Weight}) got {ahead:F2} quanta more than {tenant.Name} " +
                        $"(weight {tenant.Weight}), which waits for it";
                }
            }
        }

        _justServed.Clear();
        return null;
    }

    private void Keep(Func<PacedTenant, bool> stays)
    {
        _gone.Clear();
        foreach (var tenant in _since.Keys)
        {
            if (!stays(tenant)) _gone.Add(tenant);
        }

        foreach (var tenant in _gone) _since.Remove(tenant);
    }

    private bool IsInLine(PacedTenant tenant) => Leads(tenant.Root) || tenant.Turns.Exists(Leads);

    /// <summary>It stands at the level, or further down where nothing else holds it up: it can leave as soon as this level lets it.</summary>
    private bool Leads(Turn turn)
    {
        if (turn.Waiting.IsEmpty) return false;
        for (var each = turn.Level; each is not null; each = each.Parent)
        {
            if (each == level) return true;
            if (each.IsBlocked) return false;
        }

        return false;
    }
}
