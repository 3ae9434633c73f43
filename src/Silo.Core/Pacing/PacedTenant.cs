namespace Silo.Core.Pacing;

/// <summary>A tenant as pacing sees it: its weight, its own rate and slots, its lanes. Made by <see cref="EgressScheduler.AddTenant"/>.</summary>
public sealed class PacedTenant : PacingLevel
{
    private readonly double _quantumPerWeight;

    internal PacedTenant(string name, Budget budget, double weight, double quantumPerWeight, SharedLevel root)
        : base(name, budget)
    {
        _quantumPerWeight = quantumPerWeight;
        ChangeWeight(weight);
        Root = new Turn(this, root, null);
    }

    /// <summary>Its share of what is contended, in relation to the weights of others.</summary>
    public double Weight { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>Units it may start per round.</summary>
    internal double Quantum { get; private set; }

    internal Turn Root { get; }

    /// <summary>Its turns at pools and routes: a few, so that a list is looked through faster than a dictionary.</summary>
    internal List<Turn> Turns { get; } = [];

    internal void SetWeight(double weight)
    {
        ChangeWeight(weight);
        Root.LimitCredit();
        foreach (var turn in Turns) turn.LimitCredit();
        CountDemand();
    }

    internal void SetPaused(bool isPaused)
    {
        IsPaused = isPaused;
        CountDemand();
    }

    /// <summary>The turn at a level, made when there is none; it counts one lane more.</summary>
    internal Turn Enter(SharedLevel level)
    {
        if (level.Parent is null)
        {
            Root.Lanes++;
            return Root;
        }

        var turn = Turns.Find(t => t.Level == level);
        if (turn is null) Turns.Add(turn = new Turn(this, level, Enter(level.Parent)));
        else Enter(level.Parent);
        turn.Lanes++;
        return turn;
    }

    internal void Exit(Turn turn)
    {
        turn.Lanes--;
        if (turn.Parent is null) return;
        if (turn.Lanes == 0) Turns.Remove(turn);
        Exit(turn.Parent);
    }

    private void CountDemand()
    {
        Root.CountDemand();
        foreach (var turn in Turns) turn.CountDemand();
    }

    private void ChangeWeight(double weight)
    {
        if (weight is not (>= EgressScheduler.MinWeight and <= EgressScheduler.MaxWeight))
            throw new ArgumentOutOfRangeException(nameof(weight), weight, null);
        (Weight, Quantum) = (weight, weight * _quantumPerWeight);
    }
}
