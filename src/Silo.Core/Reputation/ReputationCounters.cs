using System.Buffers;

namespace Silo.Core.Reputation;

/// <summary>
/// What became of a tenant's sends (or of any other group of them), over the last hour, day and week. Every outcome counts in the
/// bucket of its send, late complaints and bounces too, so that a rate never exceeds 1.
/// </summary>
/// <remarks>
/// Mutable, owned by one actor; about 3.2 KB whatever the volume. Recording and reading allocate nothing. The contents depend on
/// what was recorded alone, never on who read them when: equal events give equal bytes.
/// </remarks>
public sealed class ReputationCounters
{
    /// <summary>No snapshot is longer, in bytes; a busy tenant's takes about 1 KB.</summary>
    public const int MaxSnapshotBytes = 4096;

    private const byte FormatVersion = 1;

    private static readonly ulong MaxTicks = (ulong)DateTimeOffset.MaxValue.UtcTicks;

    private readonly BucketRing[] _rings =
        [new(TimeSpan.FromMinutes(5), 13), new(TimeSpan.FromHours(1), 25), new(TimeSpan.FromDays(1), 8)];

    // Ticks + 1, or 0 for never.
    private ulong _hardBouncedAt;
    private ulong _complainedAt;
    private ulong _countsFrom;

    /// <summary>Everything ever delivered, handed over or hard bounced, however long ago.</summary>
    public long TotalResolved { get; private set; }

    /// <summary>The instant given to <see cref="CountNewFrom"/> last: only newer sends are judged. Null if never.</summary>
    public DateTimeOffset? CountsFrom => Instant(_countsFrom);

    /// <summary>
    /// Records a fact about one or several sends. Facts about sends before the ring are dropped; a send ahead of it moves it on, so
    /// <paramref name="sentAt"/> has to come from our own clock and not from a peer.
    /// </summary>
    /// <param name="sentAt">When the hand-over that it is about started; for what never left, when it was decided.</param>
    /// <param name="feedbackLoop">
    /// The recipient's provider has an enrolled complaint feedback loop: then Delivered and HandedOver also count into the
    /// denominator of the complaint rate.
    /// </param>
    /// <param name="count">How many; negative takes back what was recorded before, never below 0.</param>
    /// <param name="occurredAt">When a bounce or complaint became known; <paramref name="sentAt"/> if not given.</param>
    public void Record(
        ReputationFact fact, DateTimeOffset sentAt, bool feedbackLoop, int count = 1, DateTimeOffset? occurredAt = null)
    {
        var isDelivery = fact is ReputationFact.Delivered or ReputationFact.HandedOver;
        if (isDelivery || fact == ReputationFact.HardBounced) TotalResolved = Math.Max(0, TotalResolved + count);
        var ticks = sentAt.UtcTicks;
        var isKept = false;
        foreach (var ring in _rings)
        {
            isKept |= ring.Add(ticks, (int)fact, count, isDelivery && feedbackLoop);
        }

        if (!isKept || count <= 0) return;
        var at = (ulong)(occurredAt ?? sentAt).UtcTicks + 1;
        if (fact == ReputationFact.HardBounced) _hardBouncedAt = Math.Max(_hardBouncedAt, at);
        else if (fact == ReputationFact.Complained) _complainedAt = Math.Max(_complainedAt, at);
    }

    /// <summary>
    /// A unit whose outcome was recorded turns out differently: a late bounce of what was delivered, the delivery of what was handed
    /// over. Counted as what it is now, and no longer as what it was, so that the denominator does not hold it twice.
    /// </summary>
    public void Move(
        ReputationFact from, ReputationFact to, DateTimeOffset sentAt, bool feedbackLoop, DateTimeOffset? occurredAt = null)
    {
        Record(from, sentAt, feedbackLoop, -1);
        Record(to, sentAt, feedbackLoop, 1, occurredAt);
    }

    /// <summary>
    /// From now on only what is sent at or after <paramref name="instant"/> is judged (<see cref="JudgedVolume"/>): a reinstated tenant
    /// is not paused again for what it was paused for. Outcomes of older sends that come late stay out of it exactly, not by bucket.
    /// To be recorded as an event and applied in its order, like a fact. An instant before the previous one changes nothing.
    /// </summary>
    public void CountNewFrom(DateTimeOffset instant)
    {
        var mark = (ulong)instant.UtcTicks + 1;
        if (mark <= _countsFrom) return;
        _countsFrom = mark;
        foreach (var ring in _rings) ring.Mark(instant.UtcTicks);
    }

    /// <summary>All sends of the window that ends at <paramref name="now"/> (or at the newest send, if the clock stepped back).</summary>
    public ReputationVolume Volume(ReputationWindow window, DateTimeOffset now) => Volume(window, now.UtcTicks, sinceMark: false);

    /// <summary>As <see cref="Volume(ReputationWindow, DateTimeOffset)"/>, only of what was sent since <see cref="CountsFrom"/>.</summary>
    public ReputationVolume JudgedVolume(ReputationWindow window, DateTimeOffset now) => Volume(window, now.UtcTicks, sinceMark: true);

    /// <summary>
    /// When the latest bounce or complaint became known, of those whose send was still in a ring. Null if there was none.
    /// </summary>
    /// <param name="fact"><see cref="ReputationFact.HardBounced"/> or <see cref="ReputationFact.Complained"/>.</param>
    public DateTimeOffset? LastBadOutcomeAt(ReputationFact fact) => fact switch
    {
        ReputationFact.HardBounced => Instant(_hardBouncedAt),
        ReputationFact.Complained => Instant(_complainedAt),
        _ => throw new ArgumentOutOfRangeException(nameof(fact), fact, "Neither a hard bounce nor a complaint."),
    };

    /// <summary>Writes a snapshot of at most <see cref="MaxSnapshotBytes"/>; equal facts in equal order give equal bytes.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        var writer = new SnapshotWriter(output);
        writer.Write(FormatVersion);
        writer.Write((ulong)TotalResolved);
        writer.Write(_hardBouncedAt);
        writer.Write(_complainedAt);
        writer.Write(_countsFrom);
        foreach (var ring in _rings) ring.WriteTo(ref writer);
    }

    /// <summary>Reads a snapshot back.</summary>
    /// <exception cref="InvalidDataException">It is of another version, cut short or damaged.</exception>
    public static ReputationCounters Read(ReadOnlySpan<byte> snapshot)
    {
        var reader = new SnapshotReader(snapshot);
        if (reader.Read(byte.MaxValue) != FormatVersion) throw SnapshotReader.Malformed();
        var counters = new ReputationCounters
        {
            TotalResolved = (long)reader.Read(long.MaxValue),
            _hardBouncedAt = reader.Read(MaxTicks + 1),
            _complainedAt = reader.Read(MaxTicks + 1),
            _countsFrom = reader.Read(MaxTicks + 1),
        };
        foreach (var ring in counters._rings) ring.ReadFrom(ref reader, (long)counters._countsFrom - 1);
        return reader.IsAtEnd ? counters : throw SnapshotReader.Malformed();
    }

    /// <summary>Numerator and denominator of the bounce rate, of judged sends.</summary>
    internal (long Count, long Volume) JudgedBounces(ReputationWindow window, long nowTicks)
    {
        var ring = _rings[(int)window];
        var bounces = Sum(ring, (int)ReputationFact.HardBounced, nowTicks, sinceMark: true);
        return (bounces, bounces + Sum(ring, (int)ReputationFact.Delivered, nowTicks, sinceMark: true)
            + Sum(ring, (int)ReputationFact.HandedOver, nowTicks, sinceMark: true));
    }

    /// <summary>
    /// Numerator and denominator of the complaint rate, of judged sends; clamped as <see cref="ReputationVolume.ComplaintRate"/> is.
    /// </summary>
    internal (long Count, long Volume) JudgedComplaints(ReputationWindow window, long nowTicks)
    {
        var ring = _rings[(int)window];
        var volume = Sum(ring, BucketRing.FeedbackLoopDelivered, nowTicks, sinceMark: true);
        return (Math.Min(Sum(ring, (int)ReputationFact.Complained, nowTicks, sinceMark: true), volume), volume);
    }

    private ReputationVolume Volume(ReputationWindow window, long nowTicks, bool sinceMark)
    {
        var ring = _rings[(int)window];
        var delivered = Of(ReputationFact.Delivered);
        var handedOver = Of(ReputationFact.HandedOver);
        var bounced = Of(ReputationFact.HardBounced);
        return new ReputationVolume(
            Of(ReputationFact.Sent), delivered + handedOver + bounced, bounced,
            Sum(ring, BucketRing.FeedbackLoopDelivered, nowTicks, sinceMark), Of(ReputationFact.Complained),
            delivered, handedOver, Of(ReputationFact.SoftBounced), Of(ReputationFact.Blocked), Of(ReputationFact.Deferred),
            Of(ReputationFact.Suppressed), Of(ReputationFact.Expired), Of(ReputationFact.Cancelled), Of(ReputationFact.Rejected));

        long Of(ReputationFact fact) => Sum(ring, (int)fact, nowTicks, sinceMark);
    }

    private static long Sum(BucketRing ring, int column, long nowTicks, bool sinceMark) =>
        sinceMark ? ring.SumSinceMark(column, nowTicks) : ring.Sum(column, nowTicks);

    private static DateTimeOffset? Instant(ulong ticksPlusOne) =>
        ticksPlusOne == 0 ? null : new DateTimeOffset((long)ticksPlusOne - 1, TimeSpan.Zero);
}
