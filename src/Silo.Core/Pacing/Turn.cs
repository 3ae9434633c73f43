using System.Runtime.CompilerServices;

namespace Silo.Core.Pacing;

/// <summary>
/// One tenant at one shared level: what it may still start there in this round (its deficit), and its lanes that wait there.
/// </summary>
internal sealed class Turn(PacedTenant tenant, SharedLevel level, Turn? parent)
{
    internal const long NotListed = -1;
    internal const long ListedEarly = -2;

    /// <summary>
    /// Rounds that go by while a tenant with mail due waits at another level, of which it may make up. While it waits for one round of a
    /// level around this one, others can use here at most what they have credit for there, so two are enough to lose nothing.
    /// </summary>
    internal const int RoundsMadeUp = 2;

    private LaneRings _waiting;
    private DueLanes _due;
    private long _demandSteps;
    private long _round = level.Round;

    public PacedTenant Tenant => tenant;

    public SharedLevel Level => level;

    /// <summary>The same tenant at the level around this one; null at the root.</summary>
    public Turn? Parent => parent;

    /// <summary>Lanes that lead through here, waiting or not.</summary>
    public int Lanes { get; set; }

    /// <summary>Units that may start before others have had their turn.</summary>
    public double Credit { get; private set; } = tenant.Quantum;

    /// <summary>
    /// The round for which it stands in line; <see cref="ListedEarly"/> when it joined with credit left, <see cref="NotListed"/> when it
    /// does not stand there.
    /// </summary>
    public long ListRound { get; set; } = NotListed;

    /// <summary>Its place in the <see cref="EarlyLine"/>.</summary>
    public double Tag { get; set; }

    public bool IsListed => ListRound != NotListed;

    public Turn? Before { get; set; }

    public Turn? After { get; set; }

    public ref LaneRings Waiting => ref _waiting;

    public void Replenish()
    {
        var rounds = level.Round - _round;
        if (rounds == 0) return;
        _round = level.Round;
        Credit += Math.Min(rounds, RoundsMadeUp + 1) * tenant.Quantum;
        LimitCredit();
    }

    /// <summary>Credit by an earlier, larger weight is gone.</summary>
    public void LimitCredit() => Credit = Math.Min(Credit, RoundsMadeUp * tenant.Quantum);

    public void CountDue(MailStream stream, int lanes)
    {
        _due[(int)stream] += lanes;
        CountDemand();
    }

    /// <summary>Counts the tenant's weight at the level while it has mail due, and is not paused.</summary>
    public void CountDemand()
    {
        var isDue = !tenant.IsPaused && _due[0] + _due[1] + _due[2] > 0;
        var steps = isDue ? (long)Math.Round(tenant.Weight * SharedLevel.StepsPerWeight) : 0;
        level.DemandSteps += steps - _demandSteps;
        _demandSteps = steps;
    }

    /// <summary>The part of the tenant's share that a lane with mail due gets here: its stream's, divided among the lanes of the stream.</summary>
    public double PartOf(Lane lane)
    {
        var sum = 0;
        for (var stream = 0; stream < LaneRings.Streams; stream++)
        {
            if (_due[stream] > 0) sum += LaneRings.WeightOf(stream);
        }

        return sum == 0 ? 1 : (double)LaneRings.WeightOf((int)lane.Stream) / sum / Math.Max(_due[(int)lane.Stream], 1);
    }

    public void Charge(int units)
    {
        Credit -= units;
        if (Credit > 0 || (ListRound != level.Round && ListRound != ListedEarly)) return;
        level.Leave(this);
        level.Join(this);
    }

    [InlineArray(LaneRings.Streams)]
    private struct DueLanes
    {
        private int _lanes;
    }
}
