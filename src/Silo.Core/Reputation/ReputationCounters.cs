using System.Buffers;
using Silo.Core.Delivery;

namespace Silo.Core.Reputation;

/// <summary>
/// What became of a tenant's sends (or of any other group of them), over the last hour, day and week. Every outcome counts in the
/// bucket of its send, late complaints and bounces too, so that a rate never exceeds 1.
/// </summary>
/// <remarks>
/// Mutable, owned by one actor; below 4 KiB whatever the volume, and 1.4 KiB for each mailbox provider with traffic in the last week.
/// Recording allocates nothing but for a provider's first fact; reading nothing. The contents depend on what was recorded alone, never
/// on who read them when: equal events give equal bytes.
/// </remarks>
public sealed class ReputationCounters
{
    /// <summary>
    /// No snapshot is longer, in bytes: 5 KiB and 2.5 KiB for each provider. A busy tenant's takes about 1 KB, and 300 bytes for each.
    /// </summary>
    public const int MaxSnapshotBytes = (5 * 1024) + ((MaxProviders + 1) * 2560);

    /// <summary>Providers that are counted by themselves; the rest, and all that are nobody's, count as <see cref="OtherProviders"/>.</summary>
    public const int MaxProviders = 32;

    public const int MaxProviderNameBytes = 255;

    /// <summary>As <see cref="Addresses.MailboxProvider.Other"/> is called.</summary>
    public const string OtherProviders = "Other";

    private const byte FormatVersion = 2;

    private static readonly ulong MaxTicks = (ulong)DateTimeOffset.MaxValue.UtcTicks;

    private readonly BucketRing[] _rings =
    [
        new(TimeSpan.FromMinutes(5), 13, ReputationColumn.OfHour), new(TimeSpan.FromHours(1), 25, ReputationColumn.OfDay),
        new(TimeSpan.FromDays(1), 8, ReputationColumn.OfWeek),
    ];

    // In the order in which they came first. A new array with each that comes, which is seldom.
    private ProviderCounters[] _providers = [];

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
    /// <param name="provider">The recipient's mailbox provider; null to count it for the tenant alone.</param>
    /// <param name="subType">Of a bounce.</param>
    public void Record(
        ReputationFact fact, DateTimeOffset sentAt, bool feedbackLoop, int count = 1, DateTimeOffset? occurredAt = null,
        string? provider = null, BounceSubType subType = BounceSubType.None)
    {
        var isDelivery = fact is ReputationFact.Delivered or ReputationFact.HandedOver;
        if (isDelivery || fact == ReputationFact.HardBounced) TotalResolved = Math.Max(0, TotalResolved + count);
        var ticks = sentAt.UtcTicks;
        var isKept = false;
        var isOther = fact == ReputationFact.Complained && !feedbackLoop;
        var column = isOther ? ReputationColumn.OtherComplaints : ReputationColumn.Of(fact);
        var second = isDelivery && feedbackLoop ? ReputationColumn.FeedbackLoopDelivered : ReputationColumn.Of(fact, subType);
        foreach (var ring in _rings) isKept |= ring.Add(ticks, column, count, second);
        if (provider is not null) CountersOf(provider, ticks).Record(fact, ticks, feedbackLoop, count);
        if (!isKept || count <= 0 || isOther) return;
        var at = (ulong)(occurredAt ?? sentAt).UtcTicks + 1;
        if (fact == ReputationFact.HardBounced) _hardBouncedAt = Math.Max(_hardBouncedAt, at);
        else if (fact == ReputationFact.Complained) _complainedAt = Math.Max(_complainedAt, at);
    }

    /// <summary>
    /// A unit whose outcome was recorded turns out differently: a late bounce of what was delivered, the delivery of what was handed
    /// over. Counted as what it is now, and no longer as what it was, so that the denominator does not hold it twice.
    /// </summary>
    public void Move(
        ReputationFact from, ReputationFact to, DateTimeOffset sentAt, bool feedbackLoop, DateTimeOffset? occurredAt = null,
        string? provider = null, BounceSubType subType = BounceSubType.None)
    {
        Record(from, sentAt, feedbackLoop, -1, provider: provider);
        Record(to, sentAt, feedbackLoop, 1, occurredAt, provider, subType);
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

    /// <summary>
    /// As <see cref="Volume(ReputationWindow, DateTimeOffset)"/>, only of what was sent since <see cref="CountsFrom"/>, and only what rates
    /// are made of: deliveries, hard bounces, complaints.
    /// </summary>
    public ReputationVolume JudgedVolume(ReputationWindow window, DateTimeOffset now) => Volume(window, now.UtcTicks, sinceMark: true);

    /// <summary>Mailbox providers with traffic, in the order in which they came first.</summary>
    public IEnumerable<string> Providers => _providers.Select(p => p.Name);

    /// <summary>
    /// The same towards one provider; nothing for one without traffic. Sent is what has an outcome, Delivered includes what was handed over;
    /// deferrals, expiries and what never left are counted for the tenant alone.
    /// </summary>
    public ReputationVolume Volume(string provider, ReputationWindow window, DateTimeOffset now) =>
        Find(provider)?.Volume(window, now.UtcTicks, -1) ?? default;

    /// <summary>
    /// The provider that has the most of a rate's numerator, of sends since <see cref="CountsFrom"/> (by whole buckets); the one that
    /// came first of equals. Null when none has any.
    /// </summary>
    /// <param name="fact"><see cref="ReputationFact.HardBounced"/> or <see cref="ReputationFact.Complained"/>.</param>
    public (string Provider, long Count, long Volume)? WorstProvider(ReputationFact fact, ReputationWindow window, DateTimeOffset now)
    {
        (string, long, long)? worst = null;
        var most = 0L;
        foreach (var each in _providers)
        {
            var volume = each.Volume(window, now.UtcTicks, (long)_countsFrom - 1);
            var (count, of) = fact == ReputationFact.HardBounced
                ? (volume.HardBounces, volume.Resolved)
                : (Math.Min(volume.Complaints, volume.FeedbackLoopDelivered), volume.FeedbackLoopDelivered);
            if (count <= most) continue;
            (worst, most) = ((each.Name, count, of), count);
        }

        return worst;
    }

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
        writer.Write((ulong)_providers.Length);
        foreach (var provider in _providers) provider.WriteTo(ref writer);
    }

    /// <summary>Reads a snapshot back; one of version 1 knows of no providers.</summary>
    /// <exception cref="InvalidDataException">It is of another version, cut short or damaged.</exception>
    public static ReputationCounters Read(ReadOnlySpan<byte> snapshot)
    {
        var reader = new SnapshotReader(snapshot);
        var version = reader.Read(byte.MaxValue);
        if (version is not (1 or FormatVersion)) throw SnapshotReader.Malformed();
        reader.IsFirstVersion = version == 1;
        var counters = new ReputationCounters
        {
            TotalResolved = (long)reader.Read(long.MaxValue),
            _hardBouncedAt = reader.Read(MaxTicks + 1),
            _complainedAt = reader.Read(MaxTicks + 1),
            _countsFrom = reader.Read(MaxTicks + 1),
        };
        foreach (var ring in counters._rings) ring.ReadFrom(ref reader, (long)counters._countsFrom - 1);
        if (version > 1)
        {
            counters._providers = new ProviderCounters[(int)reader.Read(MaxProviders + 1)];
            for (var i = 0; i < counters._providers.Length; i++) counters._providers[i] = ProviderCounters.Read(ref reader);
        }

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
        var volume = Sum(ring, ReputationColumn.FeedbackLoopDelivered, nowTicks, sinceMark: true);
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
            Sum(ring, ReputationColumn.FeedbackLoopDelivered, nowTicks, sinceMark), Of(ReputationFact.Complained),
            delivered, handedOver, Of(ReputationFact.SoftBounced), Of(ReputationFact.Blocked), Of(ReputationFact.Deferred),
            Of(ReputationFact.Suppressed), Of(ReputationFact.Expired), Of(ReputationFact.Cancelled), Of(ReputationFact.Rejected))
        {
            Opens = Of(ReputationFact.Opened), Clicks = Of(ReputationFact.Clicked), Unsubscribes = Of(ReputationFact.Unsubscribed),
            OtherComplaints = Column(ReputationColumn.OtherComplaints),
            SubTypes = new BounceSubTypes(
                Column(ReputationColumn.MailboxFull), Column(ReputationColumn.MessageTooLarge), Column(ReputationColumn.ContentRejected),
                Column(ReputationColumn.AttachmentRejected), Column(ReputationColumn.NoEmail)),
        };

        long Of(ReputationFact fact) => Column(ReputationColumn.Of(fact));

        long Column(int column) => Sum(ring, column, nowTicks, sinceMark);
    }

    private ProviderCounters? Find(string name)
    {
        foreach (var each in _providers)
            if (each.Name == name) return each;
        return null;
    }

    // By what was recorded alone, as everything here: one that has had nothing for a week gives its place to the next.
    private ProviderCounters CountersOf(string name, long ticks) => Find(name) ?? Add(name, ticks);

    private ProviderCounters Add(string name, long ticks)
    {
        var (dayBucket, named, idle) = (ticks / TimeSpan.TicksPerDay, 0, -1);
        for (var i = _providers.Length - 1; i >= 0; i--)
        {
            if (_providers[i].Name == OtherProviders) continue;
            named++;
            if (_providers[i].IsIdle(dayBucket)) idle = i;
        }

        if (name != OtherProviders && named >= MaxProviders)
            return idle < 0 ? CountersOf(OtherProviders, ticks) : _providers[idle] = new ProviderCounters(name);
        Array.Resize(ref _providers, _providers.Length + 1);
        return _providers[^1] = new ProviderCounters(name);
    }

    private static long Sum(BucketRing ring, int column, long nowTicks, bool sinceMark) =>
        sinceMark ? ring.SumSinceMark(column, nowTicks) : ring.Sum(column, nowTicks);

    private static DateTimeOffset? Instant(ulong ticksPlusOne) =>
        ticksPlusOne == 0 ? null : new DateTimeOffset((long)ticksPlusOne - 1, TimeSpan.Zero);
}
