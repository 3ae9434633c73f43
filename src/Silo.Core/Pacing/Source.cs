namespace Silo.Core.Pacing;

/// <summary>A source IP of a route or pool: its budget there, and that of the IP as a whole, if there is one; both must have room.</summary>
internal sealed class Source(Budget budget, Budget? whole)
{
    public Budget Budget => budget;

    public Budget? Whole => whole;

    /// <summary>Nothing new leaves by it. It keeps its place while something is in hand.</summary>
    public bool IsRemoved { get; set; }

    public int Room(int wanted, DateTimeOffset now)
    {
        if (IsRemoved) return 0;
        var room = budget.Room(wanted, now);
        return room > 0 && whole is not null ? whole.Room(room, now) : room;
    }

    public DateTimeOffset RoomAt(DateTimeOffset now) => IsRemoved ? DateTimeOffset.MaxValue : Later(budget.RoomAt(now), whole?.RoomAt(now));

    public DateTimeOffset EarliestFor(long count, DateTimeOffset now) =>
        IsRemoved ? DateTimeOffset.MaxValue : Later(budget.EarliestFor(count, now), whole?.EarliestFor(count, now));

    public void Reserve(int count, DateTimeOffset now)
    {
        budget.Reserve(count, now);
        whole?.Reserve(count, now);
    }

    public void Start(int count, DateTimeOffset reservedAt, DateTimeOffset now)
    {
        budget.Start(count, reservedAt, now);
        whole?.Start(count, reservedAt, now);
    }

    public void Return(int count, DateTimeOffset reservedAt)
    {
        budget.Return(count, reservedAt);
        whole?.Return(count, reservedAt);
    }

    public void End(int count)
    {
        budget.End(count);
        whole?.End(count);
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset? other) => other > one ? other.Value : one;
}
