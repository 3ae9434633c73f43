using System.Buffers;
using System.Globalization;

namespace Silo.Core.Reputation;

/// <summary>
/// Recipients that a tenant's mail was accepted for, by the hour, over 14 days before the present one: what this hour is compared with.
/// 1.4 KB, taken with the first mail. Part of the fold of its events; moves on with them and never by being read.
/// </summary>
/// <remarks>
/// An hour stands out by its robust z-score against the same hour of the days before (median and median absolute deviation, Iglewicz and
/// Hoaglin 1993), when it is also above the floor and above the largest of them by half: a newsletter that leaves each Monday at nine is
/// no anomaly on the third Monday.
/// </remarks>
public sealed class VolumeHistory
{
    public const int Days = 14;

    /// <summary>Fewer days before are no history.</summary>
    public const int LeastDays = 7;

    /// <summary>A finding closes when no hour has stood out for so long.</summary>
    public static readonly TimeSpan QuietPeriod = TimeSpan.FromHours(24);

    private const int Length = (Days + 1) * 24;
    private const double NormalOfMad = 1.4826;
    private const double RiseOverLargest = 1.5;

    private uint[]? _hours;
    private long _head = -1;
    private long _first = -1;

    // Asked after each outcome, and the same until mail is accepted. Not part of the state.
    private (long Hour, (long, double, double) Score)? _latest;

    internal void Count(int units, DateTimeOffset at)
    {
        var hour = at.UtcTicks / TimeSpan.TicksPerHour;
        _latest = null;
        _hours ??= new uint[Length];
        if (_first < 0) _first = hour;
        if (hour > _head) Advance(hour);
        if (hour <= _head - Length) return;
        ref var cell = ref _hours[hour % Length];
        cell = (uint)Math.Min((long)cell + units, uint.MaxValue);
    }

    /// <summary>The volume of an instant's hour, and how far it leaves what is usual; a score of 0 without enough history.</summary>
    public (long Volume, double Score, double Median) Score(DateTimeOffset at) => Score(at.UtcTicks / TimeSpan.TicksPerHour);

    /// <summary>To be asked after each acceptance and at <see cref="NextLook"/>.</summary>
    internal FindingChanges Evaluate(
        IReadOnlyList<Finding> open, ReputationThresholds thresholds, DateTimeOffset now, FindingChanges changes)
    {
        Finding? finding = null;
        for (var i = 0; i < open.Count; i++)
            if (open[i].Type == FindingType.Volume) finding = open[i];
        var hour = now.UtcTicks / TimeSpan.TicksPerHour;
        if (VolumeOf(hour) < thresholds.HourlyVolumeFloor && finding is null) return changes;
        if (_latest is not { } latest || latest.Hour != hour) _latest = latest = (hour, Score(hour));
        var (volume, score, median) = latest.Score;
        var standsOut = volume >= thresholds.HourlyVolumeFloor && score >= thresholds.LowVolumeScore;
        if (!standsOut) return finding is not null && IsOver(finding, thresholds, hour, now) ? CountRule.Close(finding, now, changes) : changes;
        var isHigh = score >= thresholds.HighVolumeScore;
        if (finding is not null && (!isHigh || finding.Impact == FindingImpact.High)) return changes;
        var found = New(volume, median, score, isHigh ? FindingImpact.High : FindingImpact.Low, now);
        return finding is null
            ? changes with { Opened = [.. changes.Opened, found] }
            : changes with { Raised = [.. changes.Raised, found with { OpenedAt = finding.OpenedAt }] };
    }

    /// <summary>The first moment at which an open finding of this type can close.</summary>
    internal static DateTimeOffset NextLook(Finding open) => open.UpdatedAt + TimeSpan.FromHours(1) + QuietPeriod;

    // By what was counted alone, so that it needs no memory of its own.
    private bool IsOver(Finding finding, ReputationThresholds thresholds, long hour, DateTimeOffset now)
    {
        if (now < NextLook(finding)) return false;
        for (var ago = 1; ago <= QuietPeriod.TotalHours; ago++)
            if (VolumeOf(hour - ago) >= thresholds.HourlyVolumeFloor && Score(hour - ago).Score >= thresholds.LowVolumeScore) return false;
        return true;
    }

    private long VolumeOf(long hour) => _hours is null || hour > _head || hour <= _head - Length || hour < 0 ? 0 : _hours[hour % Length];

    private (long Volume, double Score, double Median) Score(long hour)
    {
        var volume = VolumeOf(hour);
        if (volume == 0) return default;
        Span<double> before = stackalloc double[Days];
        var days = 0;
        var largest = 0d;
        for (var day = 1; day <= Days && hour - (day * 24) >= _first && hour - (day * 24) > _head - Length; day++)
        {
            before[days] = VolumeOf(hour - (day * 24));
            largest = Math.Max(largest, before[days++]);
        }

        if (days < LeastDays || volume <= RiseOverLargest * largest) return (volume, 0, 0);
        before = before[..days];
        var median = Median(before);
        for (var i = 0; i < days; i++) before[i] = Math.Abs(before[i] - median);
        // Counts vary at least as their root: without that, fourteen equal days would make the next recipient an anomaly.
        var spread = Math.Max(NormalOfMad * Median(before), Math.Sqrt(Math.Max(median, 1)));
        return (volume, (volume - median) / spread, median);
    }

    internal byte[]? Write()
    {
        if (_hours is null) return null;
        var output = new ArrayBufferWriter<byte>(512);
        var writer = new SnapshotWriter(output);
        writer.Write((ulong)_head);
        writer.Write((ulong)(_head - _first));
        for (var age = 0; age < Length && age <= _head; age++) writer.WriteRow(_hours.AsSpan((int)((_head - age) % Length), 1), age);
        writer.EndRows();
        return output.WrittenSpan.ToArray();
    }

    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static VolumeHistory Read(byte[]? stored)
    {
        var history = new VolumeHistory();
        if (stored is null) return history;
        var reader = new SnapshotReader(stored);
        var max = (ulong)(DateTimeOffset.MaxValue.UtcTicks / TimeSpan.TicksPerHour);
        history._hours = new uint[Length];
        history._head = (long)reader.Read(max);
        history._first = history._head - (long)reader.Read((ulong)history._head);
        for (var age = -1; reader.TryReadAge(ref age, Length);)
        {
            if (age > history._head) throw SnapshotReader.Malformed();
            reader.ReadRow(history._hours.AsSpan((int)((history._head - age) % Length), 1));
        }

        return history;
    }

    private static double Median(Span<double> values)
    {
        values.Sort();
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    private static Finding New(long volume, double median, double score, FindingImpact impact, DateTimeOffset now) => new()
    {
        Type = FindingType.Volume, Impact = impact, OpenedAt = now, UpdatedAt = now, Window = ReputationWindow.Hour, Count = volume,
        Volume = volume, LowerBound = 0, UpperBound = 1,
        Description = string.Create(CultureInfo.InvariantCulture,
            $"{volume} recipients in this hour, where {median:0} are usual at this time of day (robust z-score {score:0.0})."),
    };

    private void Advance(long to)
    {
        if (to - _head >= Length) Array.Clear(_hours!);
        else
            for (var hour = _head + 1; hour <= to; hour++) _hours![hour % Length] = 0;
        _head = to;
    }
}
