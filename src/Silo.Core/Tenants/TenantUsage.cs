using System.Buffers;
using Silo.Core.Pacing;
using Silo.Core.Reputation;

namespace Silo.Core.Tenants;

/// <summary>What a tenant used in a day or a month.</summary>
/// <param name="Messages">Accepted.</param>
/// <param name="Recipients">Of those messages, the ones on suppression lists and the refused ones among them.</param>
/// <param name="HandedOver">Deliveries that were passed on to a relay or to SES, which had the last word then.</param>
/// <param name="Delivered">Deliveries that the recipient's server took, also when that was told after a hand-over.</param>
/// <param name="Bytes">Of the messages as they leave, once each, however many recipients they have.</param>
public readonly record struct UsageCounts(long Messages, long Recipients, long HandedOver, long Delivered, long Bytes)
{
    public static UsageCounts operator +(UsageCounts a, UsageCounts b) => new(
        a.Messages + b.Messages, a.Recipients + b.Recipients, a.HandedOver + b.HandedOver, a.Delivered + b.Delivered, a.Bytes + b.Bytes);
}

/// <param name="From">The day, or the first day of the month, in UTC.</param>
public readonly record struct UsagePeriod(DateOnly From, UsageCounts Counts);

/// <summary>
/// What a tenant is billed for, by UTC day and calendar month, of each event's own time: part of the fold of its events, so it is stored by
/// the commit that stores them, and the same events give the same counts. Nothing is taken back: a late bounce leaves the month alone in
/// which the delivery was told, so that a bill that was written stays right.
/// </summary>
/// <remarks>Of days the latest 32 with any use are kept, of months the latest 13. Owned by one actor.</remarks>
public sealed class TenantUsage
{
    public const int DaysKept = 32;
    public const int MonthsKept = 13;

    // In ascending order; most events belong to the last one.
    private readonly List<UsagePeriod> _days = [];
    private readonly List<UsagePeriod> _months = [];

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<UsagePeriod> Days => [.. _days];

    /// <inheritdoc cref="Days"/>
    public IReadOnlyList<UsagePeriod> Months => [.. _months];

    public void Apply(TenantEvent e)
    {
        if (CountsOf(e) is not { } counts) return;
        Add(_days, DaysKept, PlanUse.DayOf(e.At), counts);
        Add(_months, MonthsKept, PlanUse.MonthOf(e.At), counts);
    }

    /// <summary>Null when nothing was used.</summary>
    internal byte[]? Write()
    {
        if (_months.Count == 0) return null;
        var output = new ArrayBufferWriter<byte>(64);
        var writer = new SnapshotWriter(output);
        Write(writer, _days);
        Write(writer, _months);
        return output.WrittenSpan.ToArray();
    }

    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static TenantUsage Read(byte[]? stored)
    {
        var usage = new TenantUsage();
        if (stored is null) return usage;
        var reader = new SnapshotReader(stored);
        Read(ref reader, usage._days, DaysKept);
        Read(ref reader, usage._months, MonthsKept);
        return usage;
    }

    private static UsageCounts? CountsOf(TenantEvent e) => e.Kind switch
    {
        TenantEventKind.Accepted => new UsageCounts(1, e.Units, 0, 0, e.Bytes),
        TenantEventKind.HandedOver => new UsageCounts(0, 0, e.Units, 0, 0),
        TenantEventKind.Delivered when e.Previous != UnitState.Delivered => new UsageCounts(0, 0, 0, e.Units, 0),
        _ => null,
    };

    private static void Add(List<UsagePeriod> periods, int kept, DateOnly from, UsageCounts counts)
    {
        var place = periods.Count;
        while (place > 0 && periods[place - 1].From > from) place--;
        if (place > 0 && periods[place - 1].From == from)
        {
            periods[place - 1] = new UsagePeriod(from, periods[place - 1].Counts + counts);
            return;
        }

        periods.Insert(place, new UsagePeriod(from, counts));
        if (periods.Count > kept) periods.RemoveAt(0);
    }

    private static void Write(SnapshotWriter writer, List<UsagePeriod> periods)
    {
        writer.Write((ulong)periods.Count);
        foreach (var (from, counts) in periods)
        {
            writer.Write((ulong)from.DayNumber);
            writer.Write((ulong)counts.Messages);
            writer.Write((ulong)counts.Recipients);
            writer.Write((ulong)counts.HandedOver);
            writer.Write((ulong)counts.Delivered);
            writer.Write((ulong)counts.Bytes);
        }
    }

    private static void Read(ref SnapshotReader reader, List<UsagePeriod> periods, int kept)
    {
        var count = reader.Read((ulong)kept);
        for (var i = 0UL; i < count; i++)
        {
            var from = DateOnly.FromDayNumber((int)reader.Read((ulong)DateOnly.MaxValue.DayNumber));
            periods.Add(new UsagePeriod(from, new UsageCounts(
                (long)reader.Read(long.MaxValue), (long)reader.Read(long.MaxValue), (long)reader.Read(long.MaxValue),
                (long)reader.Read(long.MaxValue), (long)reader.Read(long.MaxValue))));
        }
    }
}
