namespace Silo.Core.Ownership;

/// <summary>Whose a tenant is, seen from one incarnation.</summary>
public enum TenantOwner
{
    /// <summary>Nobody's: it has no queued mail.</summary>
    Nobody = 0,

    Self = 1,

    /// <summary>An incarnation's that is marked dead. A lease that has merely lapsed does not end its incarnation.</summary>
    Ended = 2,

    /// <summary>Another incarnation's that is not marked dead.</summary>
    Living = 3,
}

/// <summary>Rules of ownership that the store states in SQL and the model of the protocol takes from here.</summary>
public static class OwnershipRules
{
    /// <summary>Else the owner is asked to give it.</summary>
    public static bool MayClaim(TenantOwner owner) => owner != TenantOwner.Living;

    /// <summary>
    /// Whether an incarnation is to wake the tenant, since nobody else would: its owner ended; or it is the incarnation's own, which
    /// does not know of it, since the answer to a claim was lost, or it was handed over after the claim for it had been given up.
    /// </summary>
    /// <param name="isKnown">It is in the incarnation's memory as its own, or being claimed.</param>
    public static bool MustWake(TenantOwner owner, bool isKnown, bool hasMail) =>
        hasMail && (owner == TenantOwner.Ended || (owner == TenantOwner.Self && !isKnown));

    /// <summary>Whether an incarnation that had no answer from the store for so long gives up: it stops and is started anew.</summary>
    /// <param name="cutOffAfter">More than a lease.</param>
    public static bool IsCutOff(TimeSpan withoutAnswer, TimeSpan cutOffAfter) => withoutAnswer >= cutOffAfter;
}
