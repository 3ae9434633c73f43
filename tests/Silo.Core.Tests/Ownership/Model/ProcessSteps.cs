using Silo.Core.Ownership;

namespace Silo.Core.Tests.Ownership.Model;

/// <summary>What a process that runs does. Each step returns false when it is not its turn, and has changed nothing then.</summary>
internal sealed class ProcessSteps(Protocol protocol)
{
    public bool SendRenewal(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (!one.CanTalk || !one.RenewalDue || one.Renewal != Message.None) return false;
        (one.Renewal, one.RenewalMonotonicAge, one.RenewalWallAge, one.RenewalDue) = (Message.Sent, 0, 0, false);
        return true;
    }

    public bool HearOfRenewal(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (!one.CanTalk || one.Renewal is not (Message.Granted or Message.Refused)) return false;
        if (one.Renewal == Message.Refused) FaultSteps.End(ref one);
        else protocol.BelieveRenewed(ref one);
        (one.Renewal, one.RenewalMonotonicAge, one.RenewalWallAge) = (Message.None, 0, 0);
        one.Held &= ~Held.Renewal;
        return true;
    }

    public bool GiveUp(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (!one.CanAct || !protocol.GivesUp(one)) return false;
        FaultSteps.End(ref one);
        return true;
    }

    public bool SendTakeOver(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (!one.CanTalk || one.TakeOverOf != 0 || !protocol.AsksToTakeOver(one)) return false;
        for (var j = 0; j < ClusterState.Slots; j++)
        {
            ref var other = ref state.Of[j];
            if (j == i || other.Phase == Phase.NotStarted || other.IsDead || !protocol.SeesToTakeOver(state, one, other)) continue;
            one.TakeOverOf = (byte)(j + 1);
            return true;
        }

        return false;
    }

    public bool SendClaim(ref ClusterState state, int i)
    {
        // To ask again for what was asked for changes nothing.
        if (state.Request != 0 && !OwnershipRules.MayClaim(protocol.OwnerAsSeenBy(state, i))) return false;
        ref var one = ref state.Of[i];
        var isInLine = one.Batch != BatchStep.None && !protocol.Is(Mutation.ClaimBesideHandOver);
        if (!one.CanTalk || one.IsActing || isInLine || one.Claim != Message.None) return false;
        one.Claim = Message.Sent;
        return true;
    }

    public bool WakeTenant(ref ClusterState state, int i) => protocol.MustWake(state, i) && SendClaim(ref state, i);

    public bool HearOfClaim(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (!one.CanTalk || one.Claim is not (Message.Granted or Message.Refused)) return false;
        one.IsActing = one.Claim == Message.Granted;
        one.Claim = Message.None;
        one.Held &= ~Held.Claim;
        return true;
    }

    public bool StartRelease(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (one.Delivery != Delivery.Idle || state.Mail == Mail.None || !protocol.IsHeld(one)) return false;
        if (!Send(ref one, BatchKind.Release)) return false;
        one.Delivery = Delivery.Releasing;
        return true;
    }

    public bool CheckBeforeMail(ref ClusterState state, int i) => Check(ref state, i, Delivery.Ready, Delivery.MailChecked);

    public bool WriteMail(ref ClusterState state, int i) => Write(ref state, i, Delivery.MailChecked, Delivery.Begun);

    public bool CheckBeforeDot(ref ClusterState state, int i) => Check(ref state, i, Delivery.Begun, Delivery.DotChecked);

    public bool WriteDot(ref ClusterState state, int i) => Write(ref state, i, Delivery.DotChecked, Delivery.Written);

    public bool Settle(ref ClusterState state, int i) => SettleAs(ref state, i, BatchKind.Settle);

    public bool Defer(ref ClusterState state, int i) => SettleAs(ref state, i, BatchKind.Defer);

    public bool Accept(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        return one.Delivery == Delivery.Idle && state.Mail == Mail.None && Send(ref one, BatchKind.Accept);
    }

    public bool LetGo(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (one.Delivery != Delivery.Idle || state.Mail != Mail.None || !Send(ref one, BatchKind.LetGo)) return false;
        one.IsActing = false;
        return true;
    }

    public bool HandOver(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (!one.CanTalk || one.IsDead || state.Request == 0 || state.Owner != i + 1 || one.Batch != BatchStep.None) return false;
        if (one.Claim != Message.None && !protocol.Is(Mutation.ClaimBesideHandOver)) return false;
        if (one.Delivery != Delivery.Idle && !protocol.Is(Mutation.HandOverInFlight)) return false;
        (one.Batch, one.Kind, one.BatchTo, one.IsActing) = (BatchStep.Sent, BatchKind.HandOver, state.Request, false);
        return true;
    }

    public bool SendRestOfBatch(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (!one.CanTalk || !one.BatchIsTorn || one.Batch != BatchStep.Fenced) return false;
        one.BatchIsTorn = false;
        return true;
    }

    public bool HearOfBatch(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (!one.CanTalk || one.Batch is not (BatchStep.Stored or BatchStep.Refused)) return false;
        var (step, kind) = (one.Batch, one.Kind);
        (one.Batch, one.Kind, one.BatchTo, one.BatchWasStored) = (BatchStep.None, BatchKind.None, 0, false);
        one.Held &= ~Held.Batch;
        if (step == BatchStep.Refused) FaultSteps.End(ref one);
        else if (kind == BatchKind.Release) one.Delivery = Delivery.Ready;
        else if (kind is BatchKind.Settle or BatchKind.Defer) one.Delivery = Delivery.Idle;
        else if (kind == BatchKind.HandOverRefused) one.IsActing = true;
        return true;
    }

    public bool AskWhatBecameOfBatch(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (!one.CanTalk || one.Batch != BatchStep.Broken) return false;
        one.Batch = BatchStep.Asked;
        return true;
    }

    public bool StopCleanly(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (!one.CanTalk || state.Outage != Outage.None || one.Delivery != Delivery.Idle || one.Batch != BatchStep.None) return false;
        FaultSteps.End(ref one);
        one.IsDead = one.IsTaken = true;
        return true;
    }

    private static bool Send(ref Incarnation one, BatchKind kind)
    {
        if (!one.CanTalk || !one.IsActing || one.Batch != BatchStep.None) return false;
        (one.Batch, one.Kind) = (BatchStep.Sent, kind);
        return true;
    }

    private static bool SettleAs(ref ClusterState state, int i, BatchKind kind)
    {
        ref var one = ref state.Of[i];
        if (one.Delivery != Delivery.Written || !one.CanTalk || one.Batch != BatchStep.None) return false;
        (one.Batch, one.Kind, one.Delivery) = (BatchStep.Sent, kind, Delivery.Settling);
        return true;
    }

    private bool Check(ref ClusterState state, int i, Delivery from, Delivery to)
    {
        ref var one = ref state.Of[i];
        if (!one.CanAct || one.Delivery != from || !protocol.IsHeld(one)) return false;
        one.Delivery = to;
        return true;
    }

    private static bool Write(ref ClusterState state, int i, Delivery from, Delivery to)
    {
        ref var one = ref state.Of[i];
        if (!one.CanAct || one.Delivery != from) return false;
        var isOwner = state.Owner == i + 1 && !one.IsDead;
        if (!isOwner && !one.StoppedBeforeWrite) state.Violation = Violation.LeftFromAnotherThanTheOwner;
        // The one exception: it was stopped between check and write, and another one owns the tenant by now.
        if (!isOwner && one.StoppedBeforeWrite && ++one.LateCommands > 1) state.Violation = Violation.MoreThanOneLateCommand;
        one.StoppedBeforeWrite = false;
        one.Delivery = to;
        return true;
    }
}
