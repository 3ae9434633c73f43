using System.Buffers;
using Silo.Core.Delivery;
using Silo.Core.Reputation;
using Xunit;

namespace Silo.Core.Tests.Reputation;

public class ProviderCountersTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 10, 2, 0, TimeSpan.Zero);

    private static readonly ReputationFact[] Facts = Enum.GetValues<ReputationFact>();

    private static readonly string[] Names = [.. Enumerable.Range(0, ReputationCounters.MaxProviders).Select(i => "p" + i), "Other"];

    [Fact]
    public void The_counts_of_a_provider_equal_a_list_of_all_events_towards_it()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var (counters, seen, now) = (new ReputationCounters(), new List<(DateTimeOffset At, ReputationFact Fact, string Provider)>(), Now);
            for (var step = 0; step < 200; step++)
            {
                now += TimeSpan.FromTicks((long)(Math.Pow(random.NextDouble(), 6) * TimeSpan.TicksPerDay * 3));
                var sentAt = now - (random.Next(3) == 0 ? TimeSpan.Zero : TimeSpan.FromHours(Math.Pow(random.NextDouble(), 3) * 240));
                var (fact, provider) = ((ReputationFact)random.Next(15), "p" + random.Next(4));
                counters.Record(fact, sentAt, true, provider: provider);
                seen.Add((sentAt, fact, provider));
                if (random.Next(10) == 0) counters = ReputationCounters.Read(Bytes(counters));

                foreach (var window in Enum.GetValues<ReputationWindow>())
                {
                    // Facts of a kind that is counted for the tenant alone do not move a provider's windows on.
                    var latest = seen.Max(e => e.At);
                    var volume = counters.Volume(provider, window, latest > now ? latest : now);
                    Assert.True(volume == Naive(seen, provider, window, latest > now ? latest : now), $"seed {seed}, step {step}, {window}");
                }
            }
        }
    }

    [Fact]
    public void Equal_events_give_equal_bytes_also_when_providers_come_and_go()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var (plain, disturbed, now) = (new ReputationCounters(), new ReputationCounters(), Now);
            for (var step = 0; step < 400; step++)
            {
                now += TimeSpan.FromMinutes(random.NextDouble() * random.Next(1, 300));
                var (fact, provider, loop) = ((ReputationFact)random.Next(15), "p" + random.Next(60), random.Next(2) == 0);
                plain.Record(fact, now, loop, provider: provider);
                disturbed.Record(fact, now, loop, provider: provider);
                disturbed.WorstProvider(ReputationFact.HardBounced, ReputationWindow.Day, now.AddDays(random.Next(9)));
                if (random.Next(20) == 0) disturbed = ReputationCounters.Read(Bytes(disturbed));
            }

            Assert.True(Bytes(plain).AsSpan().SequenceEqual(Bytes(disturbed)), $"seed {seed}");
            Assert.InRange(plain.Providers.Count(), 2, ReputationCounters.MaxProviders + 1);
        }
    }

    [Fact]
    public void Providers_beyond_the_limit_count_as_other_until_one_has_been_idle_for_a_week()
    {
        var counters = new ReputationCounters();
        for (var i = 0; i < ReputationCounters.MaxProviders + 5; i++) counters.Record(ReputationFact.Delivered, Now, false, provider: "p" + i);
        Assert.Equal(ReputationCounters.MaxProviders + 1, counters.Providers.Count());
        Assert.Equal(5, counters.Volume(ReputationCounters.OtherProviders, ReputationWindow.Day, Now).Delivered);

        counters.Record(ReputationFact.Delivered, Now.AddDays(8), false, provider: "new");
        Assert.Equal(1, counters.Volume("new", ReputationWindow.Day, Now.AddDays(8)).Delivered);
        Assert.DoesNotContain("p0", counters.Providers);
    }

    [Fact]
    public void The_worst_provider_is_the_one_with_most_of_the_bad_outcomes_and_not_the_one_with_the_worst_rate()
    {
        var counters = new ReputationCounters();
        counters.Record(ReputationFact.HardBounced, Now, false, 3, provider: "Small");
        counters.Record(ReputationFact.Delivered, Now, true, 900, provider: "Large");
        counters.Record(ReputationFact.HardBounced, Now, true, 100, provider: "Large");
        counters.Record(ReputationFact.Complained, Now, true, 2, provider: "Large");
        counters.Record(ReputationFact.Complained, Now, false, 9, provider: "Small");

        Assert.Equal(("Large", 100, 1000), counters.WorstProvider(ReputationFact.HardBounced, ReputationWindow.Day, Now));
        // Without a feedback loop there is no rate that complaints could be part of.
        Assert.Equal(("Large", 2, 900), counters.WorstProvider(ReputationFact.Complained, ReputationWindow.Day, Now));
        Assert.Null(new ReputationCounters().WorstProvider(ReputationFact.Complained, ReputationWindow.Day, Now));
        counters.CountNewFrom(Now.AddHours(2));
        Assert.Null(counters.WorstProvider(ReputationFact.HardBounced, ReputationWindow.Day, Now.AddHours(2)));
    }

    [Fact]
    public void Complaints_without_a_feedback_loop_are_in_no_rate()
    {
        var counters = new ReputationCounters();
        counters.Record(ReputationFact.Delivered, Now, true, 1000, provider: "Loop");
        counters.Record(ReputationFact.Complained, Now, false, 40, provider: "None");
        var volume = counters.Volume(ReputationWindow.Day, Now);
        Assert.Equal((0, 40, 0d), (volume.Complaints, volume.OtherComplaints, volume.ComplaintRate));
        Assert.Null(counters.Volume("None", ReputationWindow.Day, Now).ComplaintRate);
        Assert.Null(counters.LastBadOutcomeAt(ReputationFact.Complained));
    }

    [Fact]
    public void Bounces_are_counted_by_subtype_over_the_week()
    {
        var counters = new ReputationCounters();
        counters.Record(ReputationFact.SoftBounced, Now, false, 2, subType: BounceSubType.General);
        counters.Record(ReputationFact.SoftBounced, Now, false, 3, subType: BounceSubType.MailboxFull);
        counters.Record(ReputationFact.SoftBounced, Now, false, 4, subType: BounceSubType.ContentRejected);
        counters.Record(ReputationFact.HardBounced, Now, false, 5, subType: BounceSubType.NoEmail);
        var week = counters.Volume(ReputationWindow.Week, Now);
        Assert.Equal((9, new BounceSubTypes(3, 0, 4, 0, 5)), (week.SoftBounces, week.SubTypes));
        Assert.Equal(default, counters.Volume(ReputationWindow.Day, Now).SubTypes);
    }

    [Fact]
    public void A_tenant_takes_at_most_4_KiB_and_1434_bytes_for_each_provider()
    {
        Filled(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var counters = Filled(0);
        var tenant = GC.GetAllocatedBytesForCurrentThread();
        Fill(counters, 1);
        var provider = GC.GetAllocatedBytesForCurrentThread();
        GC.KeepAlive(counters);
        // Nothing of it is thrown away, so what was allocated is what lives.
        Assert.InRange(tenant - before, 2_500, 4_096);
        Assert.InRange(provider - tenant, 1_000, 1_434);
    }

    [Fact]
    public void The_busiest_snapshot_with_all_providers_stays_below_its_limit() =>
        Assert.InRange(Bytes(Filled(ReputationCounters.MaxProviders + 1)).Length, 40_000, ReputationCounters.MaxSnapshotBytes);

    [Fact]
    public void A_snapshot_of_version_1_is_read_and_written_as_the_present_one()
    {
        // Version, resolved, last bounce and complaint, mark; a row for the newest bucket of each ring: sent, delivered, hard bounced; the mark's.
        var hour = (ulong)(Now.UtcTicks / TimeSpan.FromMinutes(5).Ticks);
        var day = (ulong)(Now.UtcTicks / TimeSpan.TicksPerHour);
        var week = (ulong)(Now.UtcTicks / TimeSpan.TicksPerDay);
        var mark = (ulong)Now.UtcTicks + 1;
        var row = (byte[])[1, 0b1011, 0b10000, 9, 6, 2, 5, 0];
        var before = (byte[])[1, 0b0010, 0, 4, 0];
        byte[] first =
        [
            1, 8, .. Varint(mark), 0, .. Varint(mark), .. Varint(hour + 1), .. row, .. before, .. Varint(day + 1), .. row, .. before,
            .. Varint(week + 1), .. row, .. before,
        ];

        var counters = ReputationCounters.Read(first);
        var volume = counters.Volume(ReputationWindow.Day, Now);
        Assert.Equal((9, 6, 2, 5), (volume.Sent, volume.Delivered, volume.HardBounces, volume.FeedbackLoopDelivered));
        Assert.Equal((4, 2), (counters.JudgedVolume(ReputationWindow.Day, Now).Resolved, counters.JudgedVolume(ReputationWindow.Day, Now).HardBounces));
        Assert.Equal(2, Bytes(counters)[0]);
        Assert.Equal(volume, ReputationCounters.Read(Bytes(counters)).Volume(ReputationWindow.Day, Now));
        Assert.Equal(Now, counters.CountsFrom);
    }

    [Fact]
    public void Recording_towards_a_known_provider_allocates_nothing()
    {
        var counters = new ReputationCounters();
        counters.Record(ReputationFact.Delivered, Now, true, provider: "Gmail");
        Use();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Use();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Use()
        {
            for (var i = 0; i < 5000; i++)
            {
                var fact = i % 20 == 0 ? ReputationFact.HardBounced : ReputationFact.Delivered;
                counters.Record(fact, Now.AddMinutes(i), false, provider: Core.Addresses.MailboxProvider.NameOf("someone@gmail.com", null));
            }
        }
    }

    private static ReputationCounters Filled(int providers)
    {
        var counters = new ReputationCounters();
        Fill(counters, providers);
        counters.CountNewFrom(Now.AddDays(8));
        return counters;
    }

    private static void Fill(ReputationCounters counters, int providers)
    {
        for (var minute = 0; minute <= 8 * 24 * 60; minute += 5)
        {
            foreach (var fact in Facts)
            {
                counters.Record(fact, Now.AddMinutes(minute), true, int.MaxValue, subType: BounceSubType.NoEmail);
                counters.Record(fact, Now.AddMinutes(minute), true, int.MaxValue, subType: BounceSubType.MailboxFull);
                for (var p = 0; p < providers; p++) counters.Record(fact, Now.AddMinutes(minute), true, int.MaxValue, provider: Names[p]);
            }
        }
    }

    private static ReputationVolume Naive(
        List<(DateTimeOffset At, ReputationFact Fact, string Provider)> seen, string provider, ReputationWindow window, DateTimeOffset now)
    {
        var (bucket, length) = window switch
        {
            ReputationWindow.Hour => (TimeSpan.FromMinutes(5), 13),
            ReputationWindow.Day => (TimeSpan.FromHours(1), 25),
            _ => (TimeSpan.FromDays(1), 8),
        };
        var end = now.UtcTicks / bucket.Ticks;
        var counted = seen.Where(e => e.Provider == provider && e.At.UtcTicks / bucket.Ticks > end - length).ToList();
        var hasLoop = seen.Any(e => e.Provider == provider && e.Fact is ReputationFact.Delivered or ReputationFact.HandedOver);
        var delivered = Of(ReputationFact.Delivered) + Of(ReputationFact.HandedOver);
        var (hard, soft, blocked, complaints) = (
            Of(ReputationFact.HardBounced), Of(ReputationFact.SoftBounced), Of(ReputationFact.Blocked), Of(ReputationFact.Complained));
        var engaged = window != ReputationWindow.Hour;
        return new ReputationVolume(
            delivered + hard + soft + blocked, delivered + hard, hard, hasLoop ? delivered : 0, hasLoop ? complaints : 0, delivered, 0, soft,
            blocked, 0, 0, 0, 0, 0)
        {
            Opens = engaged ? Of(ReputationFact.Opened) : 0, Clicks = engaged ? Of(ReputationFact.Clicked) : 0,
            Unsubscribes = engaged ? Of(ReputationFact.Unsubscribed) : 0, OtherComplaints = hasLoop ? 0 : complaints,
        };

        long Of(ReputationFact fact) => counted.Count(e => e.Fact == fact);
    }

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)value];
    }

    private static byte[] Bytes(ReputationCounters counters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        counters.WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
