namespace Silo.Core.Tests.Ownership.Model;

internal delegate bool Move(ref ClusterState state, int incarnation);

internal enum StepKind
{
    /// <summary>What goes on by itself.</summary>
    Progress,

    /// <summary>What somebody may want or a destination may answer.</summary>
    Choice,

    Fault,
    Time,
}

internal sealed record Step(string Name, StepKind Kind, Move Move);

/// <summary>All that can happen to a cluster of a protocol, and what must hold in each of its states.</summary>
internal sealed class ClusterModel
{
    private readonly Move _start;
    private readonly Step _sendRenewal, _renew, _hearOfRenewal, _fenceBatch, _hearOfBatch, _hearOfClaim, _writeMail, _writeDot;

    /// <param name="faults">The only ones that happen; all of them when none is named.</param>
    public ClusterModel(Protocol protocol, params string[] faults)
    {
        var process = new ProcessSteps(protocol);
        var database = new DatabaseSteps(protocol);
        var fault = new FaultSteps(protocol);
        Steps =
        [
            .. Of(StepKind.Progress, fault.ComeBack, database.Renew, process.HearOfRenewal, process.SendRenewal, process.GiveUp),
            .. Of(StepKind.Progress, process.SendRestOfBatch, database.EndTornBatch, database.FenceBatch, database.CommitBatch),
            .. Of(StepKind.Progress, process.HearOfBatch, process.AskWhatBecameOfBatch, database.TellWhatBecameOfBatch),
            .. Of(StepKind.Progress, process.HandOver, database.TakeOver, process.SendTakeOver, database.Claim, process.HearOfClaim),
            .. Of(StepKind.Progress, process.WakeTenant, database.MarkSwept, fault.Start),
            .. Of(StepKind.Progress, process.StartRelease, process.CheckBeforeMail, process.WriteMail, process.CheckBeforeDot),
            .. Of(StepKind.Progress, process.WriteDot, process.Settle),
            .. Of(StepKind.Choice, process.SendClaim, process.Defer, process.Accept, process.LetGo, process.StopCleanly),
            .. Of(StepKind.Choice, fault.Continue, fault.Reconnect, database.StrayClaim, database.CommitStrayBatch),
            .. Of(StepKind.Fault, fault.Kill, fault.Stop, fault.Suspend, fault.CutOff, fault.BreakConnections, fault.TearBatch),
            .. Of(StepKind.Fault, fault.WallForward, fault.WallBack, fault.RestartDatabase, fault.FallSilent, fault.Drift),
            .. Of(StepKind.Fault, fault.DelayRenewal, fault.DelayClaim, fault.DelayTakeOver, fault.DelayBatch),
            .. Of(StepKind.Time, fault.Tick),
        ];
        if (faults.Length > 0) Steps = [.. Steps.Where(step => step.Kind != StepKind.Fault || faults.Contains(step.Name))];
        _start = fault.Start;
        (_writeMail, _writeDot) = (Find(process.WriteMail), Find(process.WriteDot));
        (_sendRenewal, _renew, _hearOfRenewal) = (Find(process.SendRenewal), Find(database.Renew), Find(process.HearOfRenewal));
        (_fenceBatch, _hearOfBatch, _hearOfClaim) = (Find(database.FenceBatch), Find(process.HearOfBatch), Find(process.HearOfClaim));
    }

    public IReadOnlyList<Step> Steps { get; }

    /// <summary>Takes the step; false when it cannot happen now, and the state is as it was.</summary>
    public static bool TryTake(ref ClusterState state, Step step, int incarnation)
    {
        if (step.Kind == StepKind.Fault && state.FaultsLeft == 0) return false;
        if (!step.Move(ref state, incarnation)) return false;
        if (step.Kind == StepKind.Fault) state.FaultsLeft--;
        if (state.Violation == Violation.None) state.Violation = Judge(state);
        return true;
    }

    /// <summary>
    /// A step that changes nothing for the others and that nothing of theirs can change: that it is taken at once, or after any of their
    /// steps, makes no difference, so the explorer need not try both. Only a fault may come before it. Null when there is none.
    /// </summary>
    public (Step Step, int Incarnation)? FindIndependent(in ClusterState state, int incarnations)
    {
        for (var i = 0; i < incarnations; i++)
        {
            var one = state.Of[i];
            if (!one.CanTalk) continue;
            var step = IndependentOf(one, isDatabaseUp: state.Outage == Outage.None);
            if (step is not null) return (step, i);
        }

        return null;
    }

    private Step? IndependentOf(in Incarnation one, bool isDatabaseUp)
    {
        // As long as its lease lasts nobody can take it; and bad news is never heard at once: what is done until then matters.
        var isSafe = isDatabaseUp && one.LeaseLeft > 0 && !one.IsTaken;
        if (!one.Held.HasFlag(Held.Renewal))
        {
            if (one.Renewal == Message.Granted) return _hearOfRenewal;
            if (one.Renewal == Message.Sent && isSafe) return _renew;
            if (one.Renewal == Message.None && one.RenewalDue) return _sendRenewal;
        }

        // Nothing is in line that could give the tenant away.
        var isSafeOwner = one.LeaseLeft > 0 && !one.IsTaken && one.Batch == BatchStep.None;
        if (isSafeOwner && one.Delivery == Delivery.MailChecked) return _writeMail;
        if (isSafeOwner && one.Delivery == Delivery.DotChecked) return _writeDot;
        if (!one.Held.HasFlag(Held.Batch) && one.Batch == BatchStep.Stored) return _hearOfBatch;
        if (!one.Held.HasFlag(Held.Batch) && one.Batch == BatchStep.Sent && isSafe) return _fenceBatch;
        return one.Claim is Message.Granted or Message.Refused && !one.Held.HasFlag(Held.Claim) ? _hearOfClaim : null;
    }

    /// <summary>The first so many incarnations run, the first owns a tenant with mail; the others may start at any time.</summary>
    public ClusterState Begin(int running, int faults)
    {
        var state = new ClusterState { FaultsLeft = (byte)faults, Owner = 1, Mail = Mail.Queued };
        for (var i = 0; i < running; i++) _start(ref state, i);
        state.Of[0].IsActing = true;
        return state;
    }

    private Step Find(Move move) => Steps.Single(step => step.Name == move.Method.Name && step.Move.Target == move.Target);

    private static IEnumerable<Step> Of(StepKind kind, params Move[] moves) => moves.Select(move => new Step(move.Method.Name, kind, move));

    private static Violation Judge(in ClusterState state)
    {
        if (state.Mail == Mail.None) return Violation.None;
        if (state.Owner == 0) return Violation.MailWithoutOwner;
        return state.Of[state.Owner - 1].IsSwept ? Violation.SweptWithMail : Violation.None;
    }
}
