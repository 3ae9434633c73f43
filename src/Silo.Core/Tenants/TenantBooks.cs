using System.Text.Json.Serialization;

namespace Silo.Core.Tenants;

/// <summary>
/// The books of a tenant in delivery units: accepted = queued + in hand + handed over + delivered + bounced + suppressed + expired +
/// cancelled + rejected, at any moment and after any crash.
/// </summary>
public sealed record TenantBooks
{
    public long Accepted { get; init; }

    public long HandedOver { get; init; }

    public long Delivered { get; init; }

    public long Bounced { get; init; }

    public long Suppressed { get; init; }

    public long Expired { get; init; }

    public long Cancelled { get; init; }

    public long Rejected { get; init; }

    /// <summary>Hand-overs that were repeated since their outcome was unknown. Not a state of its own.</summary>
    public long PossibleDuplicates { get; init; }

    /// <summary>Units that were in hand at three crashes; they are among the open ones.</summary>
    public long SetAside { get; init; }

    /// <summary>Units without a final state: queued (set aside ones included) or in hand. What the spool holds, to the unit.</summary>
    [JsonIgnore]
    public long Open => Accepted - HandedOver - Delivered - Bounced - Suppressed - Expired - Cancelled - Rejected;
}
