using System.Buffers;
using Silo.Core.Reputation;
using Xunit;

namespace Silo.Core.Tests.Reputation;

public class ReputationCountersTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 10, 2, 0, TimeSpan.Zero);

    [Fact]
    public void A_late_complaint_counts_in_the_bucket_of_its_send()
    {
        var counters = new ReputationCounters();
        counters.Record(ReputationFact.Delivered, Now.AddDays(-3), feedbackLoop: true);
        counters.Record(ReputationFact.Delivered, Now, feedbackLoop: true);

        counters.Record(ReputationFact.Complained, Now.AddDays(-3), feedbackLoop: true, occurredAt: Now);

        Assert.Equal(0, counters.Volume(ReputationWindow.Day, Now).Complaints);
        Assert.Equal(1, counters.Volume(ReputationWindow.Week, Now).Complaints);
        Assert.Equal(Now, counters.LastBadOutcomeAt(ReputationFact.Complained));
    }

    [Fact]
    public void The_bounce_rate_is_over_what_was_tried_and_not_over_what_was_sent()
    {
        var counters = new ReputationCounters();
        counters.Record(ReputationFact.Sent, Now, false, 10_000);
        counters.Record(ReputationFact.Delivered, Now, false, 300);
        counters.Record(ReputationFact.HandedOver, Now, false, 50);
        counters.Record(ReputationFact.HardBounced, Now, false, 150);
        counters.Record(ReputationFact.SoftBounced, Now, false, 70);
        counters.Record(ReputationFact.Blocked, Now, false, 80);

        Assert.Equal(0.3, counters.Volume(ReputationWindow.Hour, Now).BounceRate);
        Assert.Equal(500, counters.TotalResolved);
    }

    [Fact]
    public void Without_volume_to_a_feedback_loop_the_complaint_rate_is_unknown()
    {
        var counters = new ReputationCounters();
        counters.Record(ReputationFact.Delivered, Now, feedbackLoop: false, 5000);
        counters.Record(ReputationFact.Complained, Now, feedbackLoop: true, 2);
        Assert.Null(counters.Volume(ReputationWindow.Day, Now).ComplaintRate);

        counters.Record(ReputationFact.HandedOver, Now, feedbackLoop: true);
        Assert.Equal(1, counters.Volume(ReputationWindow.Day, Now).ComplaintRate);
    }

    [Fact]
    public void A_late_bounce_moves_a_delivery_and_is_not_in_the_denominator_twice()
    {
        var counters = new ReputationCounters();
        counters.Record(ReputationFact.Delivered, Now, feedbackLoop: true, 10);

        counters.Move(ReputationFact.Delivered, ReputationFact.HardBounced, Now, feedbackLoop: true, Now.AddHours(1));

        var volume = counters.Volume(ReputationWindow.Day, Now);
        Assert.Equal((10, 1, 9, 9), (volume.Resolved, volume.HardBounces, volume.Delivered, volume.FeedbackLoopDelivered));
        Assert.Equal(10, counters.TotalResolved);
    }

    [Fact]
    public void Only_sends_since_the_mark_are_judged_exactly_and_not_by_bucket()
    {
        var counters = new ReputationCounters();
        counters.Record(ReputationFact.HardBounced, Now, false, 100);
        counters.CountNewFrom(Now.AddSeconds(10));
        counters.Record(ReputationFact.HardBounced, Now.AddSeconds(9), false, 30);
        counters.Record(ReputationFact.Delivered, Now.AddSeconds(11), false, 7);

        foreach (var window in Enum.GetValues<ReputationWindow>())
        {
            Assert.Equal((137, 130), (counters.Volume(window, Now).Resolved, counters.Volume(window, Now).HardBounces));
            Assert.Equal((7, 0), (counters.JudgedVolume(window, Now).Resolved, counters.JudgedVolume(window, Now).HardBounces));
        }
    }

    [Fact]
    public void Taking_back_more_than_was_counted_leaves_zero()
    {
        var counters = new ReputationCounters();
        counters.Record(ReputationFact.Delivered, Now, false, 5);
        counters.CountNewFrom(Now.AddSeconds(1));
        counters.Record(ReputationFact.Delivered, Now.AddSeconds(2), false, -3);
        Assert.Equal(2, counters.Volume(ReputationWindow.Day, Now).Delivered);
        Assert.Equal(0, counters.JudgedVolume(ReputationWindow.Day, Now).Delivered);

        counters.Record(ReputationFact.Delivered, Now.AddSeconds(2), false, -9);
        Assert.Equal((0, 0L), (counters.Volume(ReputationWindow.Day, Now).Delivered, counters.TotalResolved));
    }

    [Fact]
    public void Folding_into_rings_equals_a_list_of_all_events()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var counters = new ReputationCounters();
            var naive = new NaiveCounters();
            var now = Now;
            for (var step = 0; step < 150; step++)
            {
                now += TimeSpan.FromTicks((long)(Math.Pow(random.NextDouble(), 6) * TimeSpan.TicksPerDay * 4));
                if (random.Next(40) == 0)
                {
                    counters.CountNewFrom(now);
                    naive.Mark(now);
                }

                var age = random.Next(3) == 0 ? TimeSpan.Zero : TimeSpan.FromHours(Math.Pow(random.NextDouble(), 3) * 240);
                var (fact, loop, count) = ((ReputationFact)random.Next(15), random.Next(2) == 0, random.Next(1, 50));
                counters.Record(fact, now - age, loop, count);
                naive.Record(fact, now - age, loop, count);
                if (random.Next(10) == 0) counters = ReputationCounters.Read(Bytes(counters));

                var reading = now + TimeSpan.FromHours(random.NextDouble() * random.Next(1, 200)) - TimeSpan.FromMinutes(3);
                foreach (var window in Enum.GetValues<ReputationWindow>())
                {
                    var because = $"seed {seed}, step {step}, {window}";
                    Assert.True(naive.Volume(window, reading, false) == counters.Volume(window, reading), because);
                    Assert.True(naive.Volume(window, reading, true) == counters.JudgedVolume(window, reading), because + ", judged");
                }
            }
        }
    }

    [Fact]
    public void Equal_events_give_equal_bytes_however_often_they_are_read_stored_and_loaded()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var (plain, disturbed) = (new ReputationCounters(), new ReputationCounters());
            var now = Now;
            for (var step = 0; step < 200; step++)
            {
                now += TimeSpan.FromMinutes(random.NextDouble() * random.Next(1, 300));
                var sentAt = now - TimeSpan.FromMinutes(random.Next(0, 600));
                var (fact, loop, count) = ((ReputationFact)random.Next(12), random.Next(2) == 0, random.Next(-2, 50));
                plain.Record(fact, sentAt, loop, count);
                disturbed.Record(fact, sentAt, loop, count);
                if (step is 70 or 140)
                {
                    plain.CountNewFrom(now);
                    disturbed.CountNewFrom(now);
                }

                disturbed.Volume(ReputationWindow.Day, now.AddDays(random.Next(20)));
                if (random.Next(20) == 0) disturbed = ReputationCounters.Read(Bytes(disturbed));
            }

            Assert.True(Bytes(plain).AsSpan().SequenceEqual(Bytes(disturbed)), $"seed {seed}");
        }
    }

    [Fact]
    public void The_busiest_snapshot_stays_below_its_limit_and_an_empty_one_is_tiny()
    {
        var counters = new ReputationCounters();
        Assert.InRange(Bytes(counters).Length, 1, 16);
        for (var minute = 0; minute < 8 * 24 * 60; minute += 5)
            foreach (var fact in Enum.GetValues<ReputationFact>())
                counters.Record(fact, Now.AddMinutes(minute), feedbackLoop: true, int.MaxValue);
        counters.CountNewFrom(Now.AddDays(8));
        Assert.InRange(Bytes(counters).Length, 2000, ReputationCounters.MaxSnapshotBytes);
    }

    [Fact]
    public void A_damaged_snapshot_is_refused_and_never_misread_into_a_crash()
    {
        var counters = new ReputationCounters();
        for (var i = 0; i < 60; i++)
            counters.Record((ReputationFact)(i % 15), Now.AddHours(i), true, i + 1, provider: i % 3 == 0 ? "Gmail" : "Yahoo");
        counters.CountNewFrom(Now.AddHours(59));
        var good = Bytes(counters);

        for (var length = 0; length < good.Length; length++)
            Assert.Throws<InvalidDataException>(() => ReputationCounters.Read(good.AsSpan(0, length)));
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var bad = (byte[])good.Clone();
            for (var i = random.Next(1, 4); i > 0; i--) bad[random.Next(bad.Length)] = (byte)random.Next(256);
            try
            {
                var read = ReputationCounters.Read(bad);
                Assert.Equal(Bytes(read), Bytes(ReputationCounters.Read(Bytes(read))));
                read.Record(ReputationFact.Sent, Now.AddDays(1), true);
                ReputationRules.Evaluate(read, [], ReputationThresholds.Default, Now.AddDays(1));
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        var counters = new ReputationCounters();
        counters.CountNewFrom(Now);
        Use();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Use();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Use()
        {
            for (var i = 0; i < 5000; i++)
            {
                var now = Now.AddMinutes(i);
                counters.Record(i % 20 == 0 ? ReputationFact.HardBounced : ReputationFact.Delivered, now, feedbackLoop: true);
                ReputationRules.Evaluate(counters, [], ReputationThresholds.Default, now);
            }
        }
    }

    private static byte[] Bytes(ReputationCounters counters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        counters.WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Keeps every event and counts by the definition: whole buckets of the window's granularity, at the newest time known.
    /// </summary>
    private sealed class NaiveCounters
    {
        private readonly List<(DateTimeOffset SentAt, ReputationFact Fact, bool Loop, long Count, bool Old)> _events = [];
        private DateTimeOffset _newest;
        private DateTimeOffset _mark;

        public void Mark(DateTimeOffset at)
        {
            _mark = at;
            for (var i = 0; i < _events.Count; i++) _events[i] = _events[i] with { Old = true };
        }

        public void Record(ReputationFact fact, DateTimeOffset sentAt, bool loop, int count)
        {
            _newest = sentAt > _newest ? sentAt : _newest;
            _events.Add((sentAt, fact, loop, count, sentAt < _mark));
        }

        public ReputationVolume Volume(ReputationWindow window, DateTimeOffset now, bool judged)
        {
            var (bucket, length) = window switch
            {
                ReputationWindow.Hour => (TimeSpan.FromMinutes(5), 13),
                ReputationWindow.Day => (TimeSpan.FromHours(1), 25),
                _ => (TimeSpan.FromDays(1), 8),
            };
            var end = (now > _newest ? now : _newest).UtcTicks / bucket.Ticks;
            bool IsIn(ReputationFact fact) => window != ReputationWindow.Hour || fact < ReputationFact.Opened;
            var counted = _events.Where(e => e.SentAt.UtcTicks / bucket.Ticks > end - length && !(judged && e.Old)).ToList();
            var (delivered, handedOver) = (Of(ReputationFact.Delivered), Of(ReputationFact.HandedOver));
            var bounced = Of(ReputationFact.HardBounced);
            if (judged)
            {
                var (loop, complaints) = (LoopDelivered(), counted.Where(e => e.Loop && e.Fact == ReputationFact.Complained).Sum(e => e.Count));
                return new ReputationVolume(
                    0, delivered + handedOver + bounced, bounced, loop, complaints, delivered, handedOver, 0, 0, 0, 0, 0, 0, 0);
            }

            return new ReputationVolume(
                Of(ReputationFact.Sent), delivered + handedOver + bounced, bounced,
                LoopDelivered(), counted.Where(e => e.Loop && e.Fact == ReputationFact.Complained).Sum(e => e.Count), delivered, handedOver, Of(ReputationFact.SoftBounced), Of(ReputationFact.Blocked),
                Of(ReputationFact.Deferred), Of(ReputationFact.Suppressed), Of(ReputationFact.Expired), Of(ReputationFact.Cancelled),
                Of(ReputationFact.Rejected))
            {
                Opens = Of(ReputationFact.Opened), Clicks = Of(ReputationFact.Clicked), Unsubscribes = Of(ReputationFact.Unsubscribed),
                OtherComplaints = window == ReputationWindow.Hour
                    ? 0
                    : counted.Where(e => !e.Loop && e.Fact == ReputationFact.Complained).Sum(e => e.Count),
            };

            long Of(ReputationFact fact) => IsIn(fact) ? counted.Where(e => e.Fact == fact).Sum(e => e.Count) : 0;

            long LoopDelivered() => counted
                .Where(e => e.Loop && e.Fact is (ReputationFact.Delivered or ReputationFact.HandedOver)).Sum(e => e.Count);
        }
    }
}
