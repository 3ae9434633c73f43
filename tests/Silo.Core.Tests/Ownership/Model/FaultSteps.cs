namespace Silo.Core.Tests.Ownership.Model;

/// <summary>What goes wrong, what ends it, and time.</summary>
internal sealed class FaultSteps(Protocol protocol)
{
    private const int WallJump = 2;

    /// <summary>The process is gone; what it sent may still arrive.</summary>
    public static void End(ref Incarnation one)
    {
        var sent = one;
        one = new Incarnation
        {
            Phase = Phase.Gone, LateCommands = sent.LateCommands, LeaseLeft = sent.LeaseLeft, SteadyFor = sent.SteadyFor,
            IsTaken = sent.IsTaken, IsDead = sent.IsDead, IsSwept = sent.IsSwept, StrayBatch = sent.StrayBatch,
            StrayBatchTo = sent.StrayBatchTo, TakeOverOf = sent.TakeOverOf,
            Renewal = sent.Renewal == Message.Sent ? Message.Sent : Message.None,
            StrayClaim = sent.StrayClaim || sent.Claim == Message.Sent,
        };
        if (sent.Batch is BatchStep.Sent or BatchStep.Fenced)
            (one.Batch, one.Kind, one.BatchTo, one.BatchIsTorn) = (sent.Batch, sent.Kind, sent.BatchTo, sent.BatchIsTorn);
    }

    public bool Start(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (one.Phase != Phase.NotStarted || state.Outage != Outage.None) return false;
        one = new Incarnation { Phase = Phase.Running, Believes = true };
        protocol.BeginLease(ref one);
        return true;
    }

    public bool Kill(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (one.Phase is Phase.NotStarted or Phase.Gone) return false;
        End(ref one);
        return true;
    }

    public bool Stop(ref ClusterState state, int i) => Pause(ref state, i, Phase.Stopped);

    public bool Suspend(ref ClusterState state, int i) => Pause(ref state, i, Phase.Suspended);

    public bool Continue(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (one.Phase is not (Phase.Stopped or Phase.Suspended)) return false;
        one.Phase = Phase.Running;
        return true;
    }

    public bool CutOff(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (one.Phase is Phase.NotStarted or Phase.Gone || one.IsCutOff) return false;
        (one.IsCutOff, one.IsInnocent) = (true, false);
        return true;
    }

    public bool Reconnect(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (!one.IsCutOff) return false;
        one.IsCutOff = false;
        return true;
    }

    public bool WallForward(ref ClusterState state, int i) => Jump(ref state, i, WallJump);

    public bool WallBack(ref ClusterState state, int i) => Jump(ref state, i, -WallJump);

    public bool DelayRenewal(ref ClusterState state, int i) => Delay(ref state, i, Held.Renewal);

    public bool DelayClaim(ref ClusterState state, int i) => Delay(ref state, i, Held.Claim);

    public bool DelayTakeOver(ref ClusterState state, int i) => Delay(ref state, i, Held.TakeOver);

    public bool DelayBatch(ref ClusterState state, int i) => Delay(ref state, i, Held.Batch);

    public bool TearBatch(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (!one.CanTalk || one.Batch != BatchStep.Fenced || one.BatchIsTorn) return false;
        one.BatchIsTorn = true;
        return true;
    }

    public bool BreakConnections(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (one.Phase is Phase.NotStarted or Phase.Gone || one.Batch == BatchStep.Fenced) return false;
        if (one.Claim == Message.Sent) one.StrayClaim = true;
        if (one.Batch == BatchStep.Sent) (one.StrayBatch, one.StrayBatchTo) = (one.Kind, one.BatchTo);
        Disconnect(ref one);
        return true;
    }

    /// <summary>What was committed stays; all connections are lost with what was on its way. Ends like a silence.</summary>
    public bool RestartDatabase(ref ClusterState state, int i)
    {
        if (i != 0 || state.Outage != Outage.None) return false;
        for (var j = 0; j < ClusterState.Slots; j++)
        {
            ref var one = ref state.Of[j];
            (one.StrayClaim, one.StrayBatch, one.StrayBatchTo) = (false, BatchKind.None, 0);
            (one.TakeOverOf, one.BatchIsTorn) = (0, false);
            if (one.Phase != Phase.Gone) Disconnect(ref one);
            else (one.Renewal, one.Batch, one.Kind, one.BatchTo) = (Message.None, BatchStep.None, BatchKind.None, 0);
        }

        return FallSilent(ref state, i);
    }

    public bool FallSilent(ref ClusterState state, int i)
    {
        if (i != 0 || state.Outage != Outage.None) return false;
        (state.Outage, state.OutageFor, state.TimeToRenew) = (Outage.Silent, 0, 0);
        for (var j = 0; j < ClusterState.Slots; j++)
        {
            ref var one = ref state.Of[j];
            // It renewed in this tick or the one before.
            one.IsInnocent = one.CanTalk && !one.IsTaken && one.LeaseLeft >= Protocol.Lease - 1;
        }

        return true;
    }

    public bool ComeBack(ref ClusterState state, int i)
    {
        if (i != 0 || state.Outage == Outage.None) return false;
        state.TimeToRenew = Protocol.TimeToRenewAfter(state.OutageFor);
        (state.Outage, state.OutageFor) = (Outage.None, 0);
        return true;
    }

    public bool Tick(ref ClusterState state, int i) => i == 0 && Pass(ref state, -1);

    /// <summary>A tick that the clocks of one process miss.</summary>
    public bool Drift(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (!one.CanAct || one.SinceDrift > 0 || !Pass(ref state, i)) return false;
        one.SinceDrift = Protocol.DriftEvery;
        return true;
    }

    private static bool Pass(ref ClusterState state, int slow)
    {
        for (var j = 0; j < ClusterState.Slots; j++)
            if (MustActFirst(state, state.Of[j])) return false;
        for (var j = 0; j < ClusterState.Slots; j++)
        {
            ref var one = ref state.Of[j];
            if (one.Phase == Phase.NotStarted) continue;
            (one.LeaseLeft, one.SteadyFor) = ((sbyte)Math.Max(one.LeaseLeft - 1, 0), Older(one.SteadyFor, Protocol.Lease));
            if (one.Phase == Phase.Gone) continue;
            one.RenewalDue = true;
            if (j == slow) continue;
            one.SinceDrift = (sbyte)Math.Max(one.SinceDrift - 1, 0);
            one.HeldFor = Older(one.HeldFor, Protocol.Lease);
            one.WallAge = Older(one.WallAge, Protocol.CutOffAfter);
            var isPending = one.Renewal != Message.None;
            if (isPending) one.RenewalWallAge = Older(one.RenewalWallAge, Protocol.CutOffAfter);
            // The monotonic clock of a suspended machine stands still.
            if (one.Phase == Phase.Suspended) continue;
            one.MonotonicAge = Older(one.MonotonicAge, Protocol.CutOffAfter);
            if (isPending) one.RenewalMonotonicAge = Older(one.RenewalMonotonicAge, Protocol.CutOffAfter);
        }

        if (state.Outage != Outage.None) state.OutageFor = Older(state.OutageFor, Protocol.Lease);
        else if (state.TimeToRenew > 0 && --state.TimeToRenew == 0)
            for (var j = 0; j < ClusterState.Slots; j++) state.Of[j].IsInnocent = false;
        return true;
    }

    /// <summary>What runs and is in touch does within a tick what takes far less; whatever is late is a fault that is counted.</summary>
    private static bool MustActFirst(in ClusterState state, in Incarnation one)
    {
        if (one.Phase != Phase.Running) return false;
        if (one.Delivery is Delivery.MailChecked or Delivery.DotChecked) return true;
        if (one.IsCutOff || state.Outage != Outage.None) return false;
        return (one.RenewalDue && one.Renewal == Message.None)
            || (one.Renewal != Message.None && !one.Held.HasFlag(Held.Renewal))
            || (one.Claim != Message.None && !one.Held.HasFlag(Held.Claim))
            || (one.TakeOverOf != 0 && !one.Held.HasFlag(Held.TakeOver) && !state.Of[one.TakeOverOf - 1].BatchIsTorn)
            || (one.Batch != BatchStep.None && !one.Held.HasFlag(Held.Batch));
    }

    private static bool Pause(ref ClusterState state, int i, Phase phase)
    {
        ref var one = ref state.Of[i];
        if (one.Phase != Phase.Running) return false;
        (one.Phase, one.IsInnocent) = (phase, false);
        one.StoppedBeforeWrite = one.Delivery is Delivery.MailChecked or Delivery.DotChecked;
        return true;
    }

    private static bool Jump(ref ClusterState state, int i, int by)
    {
        ref var one = ref state.Of[i];
        if (one.Phase != Phase.Running) return false;
        one.WallAge = (sbyte)Math.Clamp(one.WallAge + by, -Protocol.CutOffAfter, Protocol.CutOffAfter);
        if (one.Renewal != Message.None)
            one.RenewalWallAge = (sbyte)Math.Clamp(one.RenewalWallAge + by, -Protocol.CutOffAfter, Protocol.CutOffAfter);
        return true;
    }

    private static bool Delay(ref ClusterState state, int i, Held message)
    {
        ref var one = ref state.Of[i];
        var isOnItsWay = message switch
        {
            Held.Renewal => one.Renewal != Message.None,
            Held.Claim => one.Claim != Message.None,
            Held.TakeOver => one.TakeOverOf != 0,
            _ => one.Batch is not (BatchStep.None or BatchStep.Broken or BatchStep.Fenced),
        };
        if (!one.CanTalk || !isOnItsWay || one.Held.HasFlag(message)) return false;
        one.Held |= message;
        return true;
    }

    private static void Disconnect(ref Incarnation one)
    {
        (one.Renewal, one.RenewalMonotonicAge, one.RenewalWallAge, one.RenewalDue) = (Message.None, 0, 0, true);
        one.Claim = Message.None;
        // The answer is lost, and with it whether the other one took the tenant.
        if (one.Kind == BatchKind.HandOverRefused) one.Kind = BatchKind.HandOver;
        if (one.Batch != BatchStep.None) one.Batch = BatchStep.Broken;
        one.Held = Held.None;
        if (one.TakeOverOf != 0) one.Held = Held.TakeOver;
    }

    private static sbyte Older(sbyte age, int cap) => (sbyte)Math.Min(age + 1, cap);
}
