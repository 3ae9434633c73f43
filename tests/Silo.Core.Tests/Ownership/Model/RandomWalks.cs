namespace Silo.Core.Tests.Ownership.Model;

/// <summary>Long ways through clusters too large to be explored whole, with the orders of steps that the explorer leaves out.</summary>
internal sealed class RandomWalks(ClusterModel model, int incarnations)
{
    private const int Attempts = 4_000;
    private const int FaultsPerWalk = 10;
    private const double ChanceOfRare = 0.01;

    // What is stopped or silent stays so for some ticks, and not everybody is stopped at once.
    private static readonly string[] AlsoRare =
    [
        nameof(FaultSteps.Start), nameof(FaultSteps.Continue), nameof(FaultSteps.Reconnect), nameof(FaultSteps.ComeBack),
        nameof(ProcessSteps.StopCleanly),
    ];

    private readonly FairRun _liveness = new(model, incarnations);
    private readonly Step[] _rare = [.. model.Steps.Where(IsRare)];
    private readonly Step[] _common = [.. model.Steps.Where(step => !IsRare(step))];

    public int Lates { get; private set; }

    public int Steps { get; private set; }

    public Violation Walk(int seed)
    {
        var random = new Random(seed);
        // The last one starts when the walk comes to it.
        var state = model.Begin(incarnations - 1, FaultsPerWalk);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var among = random.NextDouble() < ChanceOfRare ? _rare : _common;
            if (!TakeAny(ref state, among[random.Next(among.Length)], random.Next(incarnations))) continue;
            Steps++;
            if (state.Violation != Violation.None) return state.Violation;
        }

        Lates += state.CountLateCommands();
        return _liveness.Serves(state) ? Violation.None : Violation.NeverServed;
    }

    private bool TakeAny(ref ClusterState state, Step step, int first)
    {
        for (var i = 0; i < incarnations; i++)
            if (ClusterModel.TryTake(ref state, step, (first + i) % incarnations)) return true;
        return false;
    }

    private static bool IsRare(Step step) => step.Kind == StepKind.Fault || AlsoRare.Contains(step.Name);
}
