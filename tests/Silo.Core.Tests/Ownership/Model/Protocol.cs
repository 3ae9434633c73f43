using Silo.Core.Ownership;

namespace Silo.Core.Tests.Ownership.Model;

/// <summary>A protocol that is wrong in one place.</summary>
internal enum Mutation
{
    None,
    BatchesWithoutFence,
    ClaimWhenLapsed,
    NoMargin,
    BelieveFromTheAnswer,
    RenewWhatIsTaken,
    HandOverInFlight,
    TakeOverAtOnce,
    TakeOverByOwnCount,
    ResendWithoutEndingTheStraggler,
    TornBatchKeepsTheFence,
    WakeOnlyTenantsOfTheDead,
    ClaimBesideHandOver,
    HandOverToTheDead,
}

/// <summary>The product's rules on the model's clocks: one tick is one interval between renewals.</summary>
internal sealed class Protocol(Mutation mutation)
{
    public const int Lease = 3;
    public const int CutOffAfter = 5;

    /// <summary>
    /// For how long nobody who was well is taken over after an outage of the database: for a whole lease after a long one; after one of
    /// less than half a lease they have the rest, less an interval.
    /// </summary>
    public static sbyte TimeToRenewAfter(int outage) => outage * 2 < Lease ? (sbyte)1 : (sbyte)Lease;

    /// <summary>A process's clock misses at most one tick in this many of its own.</summary>
    public const int DriftEvery = 3;

    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly LeaseInstant LocalNow = new(TimeSpan.FromDays(1), Now);
    private readonly TimeSpan _term = Ticks(mutation == Mutation.NoMargin ? Lease : Lease - 1);

    public Mutation Mutation => mutation;

    private bool JudgesByItself => mutation is Mutation.TakeOverAtOnce or Mutation.TakeOverByOwnCount;

    public bool Is(Mutation other) => mutation == other;

    public bool IsHeld(in Incarnation one) => one.Believes && Belief(one).IsHeld(LocalNow, _term);

    public bool HeldForALease(in Incarnation one) => one.Believes && Belief(one).HeldFor(LocalNow, _term) >= Ticks(Lease);

    public bool GivesUp(in Incarnation one) => one.Believes && OwnershipRules.IsCutOff(Ticks(one.MonotonicAge), Ticks(CutOffAfter));

    public void BelieveRenewed(ref Incarnation one)
    {
        var before = Is(Mutation.BelieveFromTheAnswer) ? LocalNow : Ago(one.RenewalMonotonicAge, one.RenewalWallAge);
        var belief = LeaseBelief.Renew(one.Believes ? Belief(one) : null, before, LocalNow, _term);
        one.Believes = true;
        one.MonotonicAge = Age(LocalNow.Monotonic - belief.Renewed.Monotonic);
        one.WallAge = Age(LocalNow.Wall - belief.Renewed.Wall);
        one.HeldFor = sbyte.Min(Age(LocalNow.Monotonic - belief.Since.Monotonic), Lease);
    }

    public void BeginLease(ref Incarnation one) => Store(ref one, LeaseRow.Begun(Now, Ticks(Lease)));

    public bool Renew(ref Incarnation one)
    {
        var row = Is(Mutation.RenewWhatIsTaken) ? Row(one) with { Taken = false } : Row(one);
        if (row.Renew(Now, Ticks(Lease)) is not { } renewed) return false;
        Store(ref one, renewed);
        return true;
    }

    public bool AsksToTakeOver(in Incarnation one) => IsHeld(one) && (Is(Mutation.TakeOverAtOnce) || HeldForALease(one));

    /// <summary>Read from the database before it asks, where the protocol judges there; else it asks at any time.</summary>
    public bool SeesToTakeOver(in ClusterState state, in Incarnation taker, in Incarnation other) =>
        JudgesByItself || (state.Outage == Outage.None && MayTakeOver(taker, other));

    public bool MayTakeOver(in Incarnation taker, in Incarnation other) =>
        JudgesByItself
            ? !taker.IsDead && !other.IsTaken && Row(other).IsLapsed(Now)
            : !taker.IsDead && Row(taker).MayTakeOver(Row(other), Now, Ticks(Lease));

    private static bool HasLapsed(in Incarnation one) => Row(one).IsLapsed(Now);

    public TenantOwner OwnerAsSeenBy(in ClusterState state, int viewer)
    {
        if (state.Owner == 0) return TenantOwner.Nobody;
        if (state.Owner == viewer + 1) return TenantOwner.Self;
        var owner = state.Of[state.Owner - 1];
        var ended = owner.IsDead || (Is(Mutation.ClaimWhenLapsed) && HasLapsed(owner));
        return ended ? TenantOwner.Ended : TenantOwner.Living;
    }

    public bool MustWake(in ClusterState state, int viewer)
    {
        var one = state.Of[viewer];
        if (state.Owner != 0 && state.Of[state.Owner - 1].IsSwept) return false;
        var isKnown = one.IsActing || one.Claim != Message.None || one.Batch != BatchStep.None || Is(Mutation.WakeOnlyTenantsOfTheDead);
        return OwnershipRules.MustWake(OwnerAsSeenBy(state, viewer), isKnown, state.Mail != Mail.None);
    }

    // The age of the belief's beginning stands for both clocks: it decides nothing but when one may ask to take over.
    private static LeaseBelief Belief(in Incarnation one) => new(Ago(one.HeldFor, one.HeldFor), Ago(one.MonotonicAge, one.WallAge));

    private static LeaseRow Row(in Incarnation one) => new(Now + Ticks(one.LeaseLeft), Now - Ticks(one.SteadyFor), one.IsTaken);

    private static void Store(ref Incarnation one, LeaseRow row)
    {
        one.LeaseLeft = Age(row.ExpiresAt - Now);
        one.SteadyFor = Age(Now - row.SteadySince);
    }

    private static LeaseInstant Ago(int monotonic, int wall) => new(LocalNow.Monotonic - Ticks(monotonic), LocalNow.Wall - Ticks(wall));

    private static TimeSpan Ticks(int ticks) => TimeSpan.FromSeconds(ticks);

    private static sbyte Age(TimeSpan age) => (sbyte)Math.Clamp((long)age.TotalSeconds, -CutOffAfter, CutOffAfter);
}
