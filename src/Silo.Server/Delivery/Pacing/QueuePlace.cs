using Silo.Storage;

namespace Silo.Server.Delivery.Pacing;

/// <summary>A place in a tenant's queue, which is in the order (due, id).</summary>
internal readonly record struct QueuePlace(DateTimeOffset DueAt, long UnitId) : IComparable<QueuePlace>
{
    /// <summary>Behind every unit.</summary>
    public static QueuePlace End { get; } = new(DateTimeOffset.MaxValue, long.MaxValue);

    public static QueuePlace Of(QueuedUnit unit) => new(unit.DueAt, unit.Id);

    public QueuePlace Before() => this with { UnitId = UnitId - 1 };

    public QueueCursor ToCursor() => new(DueAt, UnitId);

    public int CompareTo(QueuePlace other)
    {
        var byDue = DueAt.CompareTo(other.DueAt);
        return byDue != 0 ? byDue : UnitId.CompareTo(other.UnitId);
    }

    public static bool operator >(QueuePlace left, QueuePlace right) => left.CompareTo(right) > 0;

    public static bool operator <(QueuePlace left, QueuePlace right) => left.CompareTo(right) < 0;

    public static bool operator >=(QueuePlace left, QueuePlace right) => left.CompareTo(right) >= 0;

    public static bool operator <=(QueuePlace left, QueuePlace right) => left.CompareTo(right) <= 0;
}
