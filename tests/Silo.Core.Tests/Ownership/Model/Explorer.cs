namespace Silo.Core.Tests.Ownership.Model;

/// <param name="States">How many different ones were reached.</param>
/// <param name="Trace">The shortest way to the violation; empty without one.</param>
internal sealed record Exploration(int States, int Lates, Violation Violation, IReadOnlyList<string> Trace)
{
    public override string ToString() => $"{States} states, {Lates} with a late command: {Violation}\n{string.Join('\n', Trace)}";
}

/// <summary>
/// Reaches every state of a cluster there is, breadth first, so that the first violation has the shortest trace. States are told apart by
/// 128 bits of their contents.
/// </summary>
internal sealed class Explorer(ClusterModel model, FairRun? liveness = null)
{
    private readonly HashSet<UInt128> _seen = [];
    private readonly Queue<ClusterState> _frontier = [];
    private readonly List<(int Parent, byte Step, byte Incarnation)> _origins = [];
    private int _lates;

    public Exploration Explore(ClusterState start, int incarnations)
    {
        Add(start, -1, 0, 0);
        for (var index = 0; _frontier.TryDequeue(out var state); index++)
        {
            if (liveness?.Serves(state) == false) return End(index, Violation.NeverServed);
            var next = state;
            var independent = model.FindIndependent(state, incarnations);
            for (var step = 0; step < model.Steps.Count; step++)
            {
                for (var i = 0; i < incarnations; i++)
                {
                    var waits = independent is not null && independent != (model.Steps[step], i);
                    if (waits && model.Steps[step].Kind != StepKind.Fault) continue;
                    if (!ClusterModel.TryTake(ref next, model.Steps[step], i)) continue;
                    if (Add(next, index, step, i) && next.Violation != Violation.None) return End(_origins.Count - 1, next.Violation);
                    next = state;
                }
            }
        }

        return End(0, Violation.None);
    }

    private bool Add(in ClusterState state, int parent, int step, int incarnation)
    {
        if (!_seen.Add(state.Fingerprint())) return false;
        _frontier.Enqueue(state);
        _origins.Add((parent, (byte)step, (byte)incarnation));
        if (state.CountLateCommands() > 0) _lates++;
        return true;
    }

    private Exploration End(int index, Violation violation)
    {
        var trace = new List<string>();
        for (; _origins[index].Parent >= 0; index = _origins[index].Parent)
            trace.Insert(0, $"{model.Steps[_origins[index].Step].Name} {_origins[index].Incarnation + 1}");
        return new Exploration(_seen.Count, _lates, violation, trace);
    }
}
