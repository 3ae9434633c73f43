using Silo.Core.Addresses;

namespace Silo.Core.Reputation;

/// <summary>
/// What became of a tenant's mail to one mailbox provider, over the same windows as the tenant's own counters. One array and few
/// fields: 1.4 KiB. Nothing is summed beforehand, since only an open finding and people ask.
/// </summary>
internal sealed class ProviderCounters(string name)
{
    private const int Rings = 3;

    // Accepted by the provider, bounces hard and soft, blocks, complaints; for a day and a week also opens, clicks and unsubscribes.
    private const int OfHour = 5;
    private const int OfDay = 8;

    private const int Delivered = 0;
    private const int HardBounced = 1;
    private const int SoftBounced = 2;
    private const int Blocked = 3;
    private const int Complained = 4;
    private const int Opened = 5;
    private const int Clicked = 6;
    private const int Unsubscribed = 7;

    private readonly uint[] _cells = new uint[OffsetOf(Rings)];

    // Buckets since the year 1: also those of five minutes are fewer than an int holds, up to the year 9999.
    private int _hourHead = -1;
    private int _dayHead = -1;
    private int _weekHead = -1;

    public string Name { get; } = MailboxProvider.Shared(name);

    /// <summary>As it was told with the last delivery.</summary>
    public bool HasFeedbackLoop { get; private set; }

    public bool IsIdle(long dayBucket) => _weekHead <= dayBucket - LengthOf(2);

    public void Record(ReputationFact fact, long ticks, bool feedbackLoop, int count)
    {
        var column = ColumnOf(fact);
        if (column < 0) return;
        if (column == Delivered && count > 0) HasFeedbackLoop = feedbackLoop;
        for (var ring = 0; ring < Rings; ring++)
        {
            var (at, length, columns) = ((int)(ticks / TicksOf(ring)), LengthOf(ring), ColumnsOf(ring));
            ref var head = ref HeadOf(ring);
            if (at > head) Advance(ring, ref head, at);
            if (at <= head - length || column >= columns) continue;
            ref var cell = ref _cells[OffsetOf(ring) + (at % length * columns) + column];
            cell = (uint)Math.Clamp(cell + (long)count, 0, uint.MaxValue);
        }
    }

    /// <param name="sinceTicks">
    /// Only of buckets that end after it: the bucket in which a tenant was reinstated counts whole. Negative for all.
    /// </param>
    public ReputationVolume Volume(ReputationWindow window, long nowTicks, long sinceTicks)
    {
        Span<long> sums = stackalloc long[OfDay];
        var ring = (int)window;
        var (length, columns, head) = (LengthOf(ring), ColumnsOf(ring), HeadOf(ring));
        var first = Math.Max(Math.Max((int)(nowTicks / TicksOf(ring)), head) - length + 1, 0);
        if (sinceTicks >= 0) first = Math.Max(first, (int)(sinceTicks / TicksOf(ring)));
        for (var at = first; at <= head; at++)
        {
            var row = _cells.AsSpan(OffsetOf(ring) + (at % length * columns), columns);
            for (var column = 0; column < columns; column++) sums[column] += row[column];
        }

        var loop = HasFeedbackLoop;
        return new ReputationVolume(
            sums[Delivered] + sums[HardBounced] + sums[SoftBounced] + sums[Blocked], sums[Delivered] + sums[HardBounced], sums[HardBounced],
            loop ? sums[Delivered] : 0, loop ? sums[Complained] : 0, sums[Delivered], 0, sums[SoftBounced], sums[Blocked], 0, 0, 0, 0, 0)
        {
            Opens = sums[Opened], Clicks = sums[Clicked], Unsubscribes = sums[Unsubscribed], OtherComplaints = loop ? 0 : sums[Complained],
        };
    }

    public void WriteTo(ref SnapshotWriter writer)
    {
        writer.Write(Name);
        writer.Write(HasFeedbackLoop ? 1u : 0u);
        for (var ring = 0; ring < Rings; ring++)
        {
            var (length, columns, head) = (LengthOf(ring), ColumnsOf(ring), HeadOf(ring));
            writer.Write((ulong)(head + 1));
            for (var age = 0; age < length && age <= head; age++)
                writer.WriteRow(_cells.AsSpan(OffsetOf(ring) + ((head - age) % length * columns), columns), age);
            writer.EndRows();
        }
    }

    public static ProviderCounters Read(ref SnapshotReader reader)
    {
        var counters = new ProviderCounters(reader.ReadText(ReputationCounters.MaxProviderNameBytes))
        {
            HasFeedbackLoop = reader.Read(1) == 1,
        };
        for (var ring = 0; ring < Rings; ring++)
        {
            var (length, columns) = (LengthOf(ring), ColumnsOf(ring));
            var head = (int)reader.Read((ulong)(DateTimeOffset.MaxValue.UtcTicks / TicksOf(ring)) + 1) - 1;
            counters.HeadOf(ring) = head;
            for (var age = -1; reader.TryReadAge(ref age, length);)
            {
                if (age > head) throw SnapshotReader.Malformed();
                reader.ReadRow(counters._cells.AsSpan(OffsetOf(ring) + ((head - age) % length * columns), columns));
            }
        }

        return counters;
    }

    private void Advance(int ring, ref int head, int to)
    {
        var (length, columns, offset) = (LengthOf(ring), ColumnsOf(ring), OffsetOf(ring));
        if (to - head >= length) Array.Clear(_cells, offset, length * columns);
        else
            for (var at = head + 1; at <= to; at++) Array.Clear(_cells, offset + (at % length * columns), columns);
        head = to;
    }

    private ref int HeadOf(int ring)
    {
        if (ring == 0) return ref _hourHead;
        if (ring == 1) return ref _dayHead;
        return ref _weekHead;
    }

    private static int ColumnOf(ReputationFact fact) => fact switch
    {
        ReputationFact.Delivered or ReputationFact.HandedOver => Delivered,
        ReputationFact.HardBounced => HardBounced,
        ReputationFact.SoftBounced => SoftBounced,
        ReputationFact.Blocked => Blocked,
        ReputationFact.Complained => Complained,
        ReputationFact.Opened => Opened,
        ReputationFact.Clicked => Clicked,
        ReputationFact.Unsubscribed => Unsubscribed,
        _ => -1,
    };

    private static long TicksOf(int ring) => ring switch
    {
        0 => 5 * TimeSpan.TicksPerMinute, 1 => TimeSpan.TicksPerHour, _ => TimeSpan.TicksPerDay,
    };

    private static int LengthOf(int ring) => ring switch { 0 => 13, 1 => 25, _ => 8 };

    private static int ColumnsOf(int ring) => ring == 0 ? OfHour : OfDay;

    private static int OffsetOf(int ring) => ring switch
    {
        0 => 0, 1 => 13 * OfHour, 2 => (13 * OfHour) + (25 * OfDay), _ => (13 * OfHour) + (33 * OfDay),
    };
}
