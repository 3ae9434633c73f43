using SQLitePCL;

namespace Silo.Storage.Sqlite;

/// <summary>A table of the event log. The newest is never dropped: it knows which positions were given out.</summary>
internal sealed record EventSegment(long Id, long FirstPosition, int Day)
{
    public string Table => $"events_{Id}";

    public static List<EventSegment> ReadAll(sqlite3 database)
    {
        using var segments = new Statement(database, "SELECT segment_id, first_position, day FROM event_segments ORDER BY segment_id");
        var all = new List<EventSegment>();
        while (segments.Step()) all.Add(new(segments.Long(0), segments.Long(1), segments.Int(2)));
        return all;
    }
}
