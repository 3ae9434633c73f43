using Silo.Core.Ownership;

namespace Silo.Core.Tests.Ownership.Model;

/// <summary>What the database does with what arrived. Each step is one transaction, or the part of one up to a lock.</summary>
internal sealed class DatabaseSteps(Protocol protocol)
{
    public bool Renew(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (state.Outage != Outage.None || one.Renewal != Message.Sent) return false;
        var renewed = protocol.Renew(ref one);
        one.Renewal = one.Phase == Phase.Gone ? Message.None : renewed ? Message.Granted : Message.Refused;
        if (one.Phase == Phase.Gone) (one.RenewalMonotonicAge, one.RenewalWallAge) = (0, 0);
        if (renewed) one.IsInnocent = false;
        return true;
    }

    public bool TakeOver(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (state.Outage != Outage.None || one.TakeOverOf == 0) return false;
        ref var other = ref state.Of[one.TakeOverOf - 1];
        // Its row is locked by whoever takes it over until the batches that hold the fence have ended.
        if (other.Batch == BatchStep.Fenced && !protocol.Is(Mutation.BatchesWithoutFence)) return false;
        one.TakeOverOf = 0;
        one.Held &= ~Held.TakeOver;
        if (!protocol.MayTakeOver(one, other)) return true;
        other.IsTaken = other.IsDead = true;
        if (other.IsInnocent && other.CanTalk) state.Violation = Violation.LivingOneKilledAfterAnOutage;
        return true;
    }

    public bool Claim(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (state.Outage != Outage.None || one.Claim != Message.Sent) return false;
        var granted = Claimed(ref state, i);
        one.Claim = one.Phase == Phase.Gone ? Message.None : granted ? Message.Granted : Message.Refused;
        return true;
    }

    public bool StrayClaim(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (state.Outage != Outage.None || !one.StrayClaim) return false;
        one.StrayClaim = false;
        Claimed(ref state, i);
        return true;
    }

    public bool FenceBatch(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (state.Outage != Outage.None || one.Batch != BatchStep.Sent) return false;
        if (!one.IsDead || protocol.Is(Mutation.BatchesWithoutFence)) one.Batch = BatchStep.Fenced;
        else if (one.Phase == Phase.Gone) DropBatch(ref one);
        else one.Batch = BatchStep.Refused;
        return true;
    }

    public bool CommitBatch(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (state.Outage != Outage.None || one.Batch != BatchStep.Fenced || one.BatchIsTorn) return false;
        if (one.IsDead) state.Violation = Violation.BatchOfTheDead;
        one.Kind = Apply(ref state, i, one.Kind, one.BatchTo);
        if (one.Phase == Phase.Gone) DropBatch(ref one);
        else (one.Batch, one.BatchWasStored) = (BatchStep.Stored, true);
        return true;
    }

    /// <summary>A batch of which only the beginning arrived would hold the fence for as long as its connection seems to live.</summary>
    public bool EndTornBatch(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (!one.BatchIsTorn || one.CanTalk || protocol.Is(Mutation.TornBatchKeepsTheFence)) return false;
        one.BatchIsTorn = false;
        if (one.Phase == Phase.Gone) DropBatch(ref one);
        else one.Batch = BatchStep.Broken;
        return true;
    }

    /// <summary>A batch whose connection broke, of which the database had not heard by then.</summary>
    public bool CommitStrayBatch(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (state.Outage != Outage.None || one.StrayBatch == BatchKind.None) return false;
        var (kind, to) = (one.StrayBatch, one.StrayBatchTo);
        (one.StrayBatch, one.StrayBatchTo) = (BatchKind.None, 0);
        if (one.IsDead) return true;
        if (one.Phase != Phase.Gone && one.Batch is not (BatchStep.Broken or BatchStep.Asked)) state.Violation = Violation.BatchStoredTwice;
        Apply(ref state, i, kind, to);
        one.BatchWasStored = one.Phase != Phase.Gone;
        return true;
    }

    public bool TellWhatBecameOfBatch(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (state.Outage != Outage.None || one.Batch != BatchStep.Asked) return false;
        if (one.Phase == Phase.Gone) DropBatch(ref one);
        else if (one.IsDead) one.Batch = BatchStep.Refused;
        else if (one.BatchWasStored) one.Batch = BatchStep.Stored;
        else
        {
            if (!protocol.Is(Mutation.ResendWithoutEndingTheStraggler)) (one.StrayBatch, one.StrayBatchTo) = (BatchKind.None, 0);
            one.Batch = BatchStep.Sent;
        }

        return true;
    }

    /// <summary>By whoever sweeps: a dead incarnation that has no tenant with mail is not looked at again.</summary>
    public bool MarkSwept(ref ClusterState state, int i)
    {
        ref var one = ref state.Of[i];
        if (state.Outage != Outage.None || !one.IsDead || one.IsSwept || (state.Owner == i + 1 && state.Mail != Mail.None)) return false;
        one.IsSwept = true;
        return true;
    }

    private bool Claimed(ref ClusterState state, int i)
    {
        if (state.Of[i].IsDead) return false;
        if (OwnershipRules.MayClaim(protocol.OwnerAsSeenBy(state, i)))
        {
            state.Owner = (byte)(i + 1);
            if (state.Request == i + 1) state.Request = 0;
            return true;
        }

        if (state.Request == 0) state.Request = (byte)(i + 1);
        return false;
    }

    private BatchKind Apply(ref ClusterState state, int i, BatchKind kind, int to)
    {
        ref var one = ref state.Of[i];
        if (state.Owner != i + 1) state.Violation = Violation.WriteOfAnotherThanTheOwner;
        if (kind == BatchKind.HandOver) return GiveTenant(ref state, i, to);
        if (kind == BatchKind.LetGo)
        {
            if (state.Mail == Mail.None) state.Owner = 0;
            return kind;
        }

        state.Mail = kind switch { BatchKind.Release => Mail.InHand, BatchKind.Settle => Mail.None, _ => Mail.Queued };
        return kind;
    }

    private BatchKind GiveTenant(ref ClusterState state, int i, int to)
    {
        ref var one = ref state.Of[i];
        if (one.Delivery != Delivery.Idle) state.Violation = Violation.HandedOverInFlight;
        ref var target = ref state.Of[to - 1];
        state.Request = 0;
        if (target.IsDead && !protocol.Is(Mutation.HandOverToTheDead)) return BatchKind.HandOverRefused;
        state.Owner = (byte)to;
        return BatchKind.HandOver;
    }

    private static void DropBatch(ref Incarnation one) =>
        (one.Batch, one.Kind, one.BatchTo, one.BatchWasStored, one.BatchIsTorn) = (BatchStep.None, BatchKind.None, 0, false, false);
}
