using Silo.Core.Tenants;

namespace Silo.Core.Feedback;

/// <summary>How a hand-over of a unit ended, as far as it changes what reports of the unit mean.</summary>
public enum UnitEnd
{
    /// <summary>Refused for good: it is over, and came back.</summary>
    Refused,

    /// <summary>Nobody knows whether it left; it is back in the queue.</summary>
    InDoubt,

    /// <summary>It left, after it had been in doubt.</summary>
    Left,
}

/// <summary>
/// What was told of a delivery unit since it left, and what more can be news. Reports come several times and in any order, so each fact
/// counts once, and an end stays the end: a bounce moves what was delivered, and nothing moves a bounce back (sending rules 1).
/// </summary>
/// <remarks>
/// A report may be of a copy that left and was not booked as such: its reply was lost, or is still waited for. While that is known
/// (<see cref="IsInDoubt"/>) a report counts and moves no unit. If it shows afterwards, <see cref="TakenBack"/> says what the report moved.
/// </remarks>
/// <param name="Number">As it is stored; 0 when nothing was told.</param>
public readonly record struct UnitFeedback(int Number)
{
    private const int WasDelivered = 1;
    private const int WasBounced = 2;
    private const int WasComplainedOf = 4;
    private const int WasUnsubscribed = 8;
    private const int WasOpened = 16;
    private const int WasClicked = 32;
    private const int Doubted = 64;
    private const int TookHandedOver = 128;
    private const int TookDelivered = 256;
    private const int Took = TookHandedOver | TookDelivered;
    private const int ByReport = 512;

    public bool IsDelivered => (Number & WasDelivered) != 0;

    public bool IsBounced => (Number & WasBounced) != 0;

    /// <summary>It came back by a report, and no hand-over of it was refused since.</summary>
    public bool IsReturned => (Number & ByReport) != 0;

    public bool IsComplainedOf => (Number & WasComplainedOf) != 0;

    /// <summary>The unit is open although a copy of it may have left.</summary>
    public bool IsInDoubt => (Number & Doubted) != 0;

    /// <summary>The state that its bounce was taken out of, by a report; null when by none.</summary>
    public UnitState? TakenBack => (Number & Took) switch
    {
        TookHandedOver => UnitState.HandedOver,
        TookDelivered => UnitState.Delivered,
        _ => null,
    };

    /// <summary>The state that a unit is in, which had left in this one; null for one that is open.</summary>
    public UnitState? From(UnitState left) => IsInDoubt ? null : IsDelivered ? UnitState.Delivered : left;

    /// <summary>It arrived. Null when that is no news: it was known, or it came back in the meantime.</summary>
    /// <param name="left">As what it left.</param>
    public UnitFeedback? Delivered(UnitState left) =>
        IsBounced || IsDelivered || From(left) == UnitState.Delivered ? null : new UnitFeedback(Number | WasDelivered);

    /// <summary>It came back, for whatever reason, as a report says. Null when it had before.</summary>
    /// <param name="left">As what it left.</param>
    public UnitFeedback? Bounced(UnitState left) => IsBounced ? null : new UnitFeedback(Number | WasBounced | ByReport | From(left) switch
    {
        UnitState.HandedOver => TookHandedOver,
        UnitState.Delivered => TookDelivered,
        _ => 0,
    });

    /// <summary>Somebody complained of it. Null when that was told before; one complaint of a delivery is all that counts.</summary>
    public UnitFeedback? ComplainedOf() => IsComplainedOf ? null : new UnitFeedback(Number | WasComplainedOf);

    /// <summary>Its recipient wants no more. Null when that was told before.</summary>
    public UnitFeedback? Unsubscribed() => (Number & WasUnsubscribed) != 0 ? null : new UnitFeedback(Number | WasUnsubscribed);

    /// <summary>Its recipient opened it. Null when that was told before.</summary>
    public UnitFeedback? Opened() => (Number & WasOpened) != 0 ? null : new UnitFeedback(Number | WasOpened);

    /// <summary>Its recipient followed a link. Null when that was told before.</summary>
    public UnitFeedback? Clicked() => (Number & WasClicked) != 0 ? null : new UnitFeedback(Number | WasClicked);

    /// <summary>After a hand-over; what the report of another copy took back stands no longer.</summary>
    public UnitFeedback After(UnitEnd end) => new(end switch
    {
        UnitEnd.Refused => (Number | WasBounced) & ~(Doubted | Took | ByReport),
        UnitEnd.InDoubt => (Number | Doubted) & ~Took,
        // What was told of an earlier copy is not the state that this one left in.
        _ => Number & ~(Doubted | Took | (IsInDoubt ? WasDelivered : 0)),
    });
}
