using Silo.Core.Tenants;

namespace Silo.Core.Feedback;

/// <summary>
/// What was told of a delivery unit since it left, and what more can be news. Reports come several times and in any order, so each fact
/// counts once, and an end stays the end: a bounce moves what was delivered, and nothing moves a bounce back (sending rules 1).
/// </summary>
/// <param name="Number">As it is stored; 0 when nothing was told.</param>
public readonly record struct UnitFeedback(int Number)
{
    private const int WasDelivered = 1;
    private const int WasBounced = 2;
    private const int WasComplainedOf = 4;
    private const int WasUnsubscribed = 8;
    private const int WasOpened = 16;
    private const int WasClicked = 32;

    public bool IsDelivered => (Number & WasDelivered) != 0;

    public bool IsBounced => (Number & WasBounced) != 0;

    public bool IsComplainedOf => (Number & WasComplainedOf) != 0;

    /// <summary>The state that a unit is in, which had left in this one.</summary>
    public UnitState From(UnitState left) => IsDelivered ? UnitState.Delivered : left;

    /// <summary>It arrived. Null when that is no news: it was known, or it came back in the meantime.</summary>
    /// <param name="left">As what it left.</param>
    public UnitFeedback? Delivered(UnitState left) =>
        IsBounced || From(left) == UnitState.Delivered ? null : new UnitFeedback(Number | WasDelivered);

    /// <summary>It came back, for whatever reason. Null when it had before.</summary>
    public UnitFeedback? Bounced() => IsBounced ? null : new UnitFeedback(Number | WasBounced);

    /// <summary>Somebody complained of it. Null when that was told before; one complaint of a delivery is all that counts.</summary>
    public UnitFeedback? ComplainedOf() => IsComplainedOf ? null : new UnitFeedback(Number | WasComplainedOf);

    /// <summary>Its recipient wants no more. Null when that was told before.</summary>
    public UnitFeedback? Unsubscribed() => (Number & WasUnsubscribed) != 0 ? null : new UnitFeedback(Number | WasUnsubscribed);

    /// <summary>Its recipient opened it. Null when that was told before.</summary>
    public UnitFeedback? Opened() => (Number & WasOpened) != 0 ? null : new UnitFeedback(Number | WasOpened);

    /// <summary>Its recipient followed a link. Null when that was told before.</summary>
    public UnitFeedback? Clicked() => (Number & WasClicked) != 0 ? null : new UnitFeedback(Number | WasClicked);
}
