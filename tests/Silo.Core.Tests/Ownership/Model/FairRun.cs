namespace Silo.Core.Tests.Ownership.Model;

/// <summary>
/// What becomes of a state when nothing more goes wrong, nobody asks for anything, and everybody who can take a step takes it: what is
/// stopped or cut off stays so. The mail must leave within <see cref="Ticks"/>, unless nobody is left.
/// </summary>
internal sealed class FairRun(ClusterModel model, int incarnations)
{
    /// <summary>A lapse, a lease of steady renewal, and the hand-over, each each also for an incarnation that ends on the way.</summary>
    public const int Ticks = 20;

    // Far more than any tick needs.
    private const int StepsPerTick = 1_000;

    private readonly HashSet<UInt128> _served = [];
    private readonly List<UInt128> _passed = [];
    private readonly Step[] _progress = [.. model.Steps.Where(step => step.Kind == StepKind.Progress)];
    private readonly Step _tick = model.Steps.Single(step => step.Kind == StepKind.Time);

    public bool Serves(ClusterState state)
    {
        state.FaultsLeft = 0;
        _passed.Clear();
        for (var tick = 0; tick <= Ticks; tick++)
        {
            // Whatever was held up arrives.
            for (var i = 0; i < incarnations; i++) state.Of[i].Held = Held.None;
            var fingerprint = state.Fingerprint();
            if (_served.Contains(fingerprint) || RunToEndOfTick(ref state))
            {
                _served.UnionWith(_passed);
                _served.Add(fingerprint);
                return true;
            }

            _passed.Add(fingerprint);
            if (!ClusterModel.TryTake(ref state, _tick, 0)) throw new InvalidOperationException("time stands still");
        }

        return !IsAnybodyLeft(state);
    }

    private bool RunToEndOfTick(ref ClusterState state)
    {
        for (var steps = 0; steps < StepsPerTick; steps++)
        {
            if (state.Mail == Mail.None) return true;
            if (!TakeOne(ref state)) return false;
        }

        throw new InvalidOperationException("a tick does not end");
    }

    private bool TakeOne(ref ClusterState state)
    {
        foreach (var step in _progress)
        {
            for (var i = 0; i < incarnations; i++)
                if (ClusterModel.TryTake(ref state, step, i)) return true;
        }

        return false;
    }

    private bool IsAnybodyLeft(in ClusterState state)
    {
        for (var i = 0; i < incarnations; i++)
            if (state.Of[i].CanTalk) return true;
        return false;
    }
}
