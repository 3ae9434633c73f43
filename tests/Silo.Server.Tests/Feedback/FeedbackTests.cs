using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Simulation;
using Silo.Server.Tests.Delivery;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Feedback;

public sealed class FeedbackTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task A_late_complaint_counts_in_the_bucket_of_its_send()
    {
        await using var engine = await Simulator(o =>
        {
            o.ComplaintDelay = TimeSpan.FromHours(5);
            o.ByDomain["yahoo.com"] = new SimulatedDomain { ComplaintRate = 1 };
        });
        await engine.Create("a");
        await engine.SendMany("a", 10, _ => "someone@yahoo.com");
        var sentAt = engine.Time.GetUtcNow();
        await engine.UntilNothingIsOpen(Step, "a");
        engine.Time.Advance(TimeSpan.FromHours(5));
        var key = await engine.KeyOf("a");
        await engine.Until(async () => (await Complaints(engine, key)).Length == 10, "the complaints are stored", Step);

        var complaints = await Complaints(engine, key);
        Assert.All(complaints, c => Assert.InRange(c.SentAt!.Value, sentAt, sentAt.AddMinutes(1)));
        Assert.All(complaints, c => Assert.True(c.At >= sentAt.AddHours(5)));
        var described = (await engine.Tenants.Get("a").Describe(default))!;
        var (ledger, _) = await engine.Replay(key, described.CreatedAt);
        var now = engine.Time.GetUtcNow();
        Assert.Equal(0, ledger.Counters.Volume(Core.Reputation.ReputationWindow.Hour, now).Complaints);
        Assert.Equal(10, ledger.Counters.Volume(Core.Reputation.ReputationWindow.Day, now).Complaints);
        Assert.Equal(10, described.LastDay.Complaints);
        // A complaint moves no unit.
        Assert.Equal(new TenantBooks { Accepted = 10, Delivered = 10 }, described.Books);
    }

    [Fact]
    public async Task Addresses_of_the_mailbox_simulator_are_in_the_books_and_in_no_rate()
    {
        await using var engine = await Simulator(_ => { });
        await engine.Create("a");
        string[] names = ["bounce", "complaint", "success", "suppressionlist", "ooto"];
        await engine.SendMany("a", 500, i => $"{names[i % 5]}+{i}@simulator.amazonses.com");
        await engine.UntilNothingIsOpen(Step, "a");
        var key = await engine.KeyOf("a");
        await engine.Until(async () => (await Complaints(engine, key)).Length == 100, "the complaints are stored", Step);

        var described = (await engine.Tenants.Get("a").Describe(default))!;
        Assert.Equal(new TenantBooks { Accepted = 500, Delivered = 300, Bounced = 200 }, described.Books);
        Assert.Equal((0, 0, 0, 0), (described.LastDay.Resolved, described.LastDay.HardBounces, described.LastDay.Complaints, described.LastDay.Delivered));
        Assert.Empty(described.Findings);
        Assert.True(described.Standing.MaySend);
    }

    [Fact]
    public async Task The_mailbox_simulator_of_SES_is_in_no_rate_and_on_no_list_whatever_way_mail_takes_there()
    {
        await using var engine = await EngineUnderTest.Start();
        var handedOver = new Core.Delivery.DeliveryResult { Kind = Core.Delivery.DeliveryResultKind.HandedOver };
        engine.Transport.Answer = h => new(h.Recipient.StartsWith("bounce", StringComparison.Ordinal) ? ScriptedTransport.HardBounce : handedOver);
        var listed = 0;
        engine.Spool.Sees = w => Interlocked.Add(ref listed, w.Suppressions.Count);
        await engine.Create("a");
        await engine.Send("a", "bounce@simulator.amazonses.com");
        var one = await engine.Send("a", "suppressionlist@Simulator.amazonSES.com");
        var two = await engine.Send("a", "complaint+1@simulator.amazonses.com");
        await engine.UntilNothingIsOpen(Step, "a");
        var now = engine.Time.GetUtcNow();
        await engine.Tenants.Get("a").Report(
            [new DeliveryFeedback("a", one, "suppressionlist@Simulator.amazonSES.com", now, FeedbackKind.HardBounce),
             new DeliveryFeedback("a", two, "complaint+1@simulator.amazonses.com", now, FeedbackKind.Complaint)], default);
        var day = (await engine.Tenants.Get("a").Describe(default))!.LastDay;
        Assert.Equal((0, 0, 0, 0), (day.Resolved, day.HardBounces, day.Complaints, day.HandedOver));
        Assert.Equal(new TenantBooks { Accepted = 3, HandedOver = 1, Bounced = 2 }, await engine.Books("a"));
        var events = (await engine.Replay(await engine.KeyOf("a"), default)).Events;
        Assert.Equal(5, events.Count(e => e.Simulated));
        Assert.Equal(0, listed);
    }

    [Fact]
    public async Task A_bounce_that_comes_after_the_relay_had_taken_it_moves_the_unit_in_the_books_and_in_the_rate()
    {
        await using var engine = await EngineUnderTest.Start();
        engine.Transport.Answer = _ => new(new Core.Delivery.DeliveryResult { Kind = Core.Delivery.DeliveryResultKind.HandedOver });
        await engine.Create("a");
        var id = await engine.Send("a");
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(new TenantBooks { Accepted = 1, HandedOver = 1 }, await engine.Books("a"));
        var sentAt = engine.Transport.Starts.Single().At;
        engine.Feedback.Report(new DeliveryFeedback("a", id, "r@example.org", sentAt, FeedbackKind.HardBounce));
        await engine.Until(async () => (await engine.Books("a")).Bounced == 1, "the bounce is booked");
        Assert.Equal(new TenantBooks { Accepted = 1, Bounced = 1 }, await engine.Books("a"));
        var day = (await engine.Tenants.Get("a").Describe(default))!.LastDay;
        Assert.Equal((1, 1, 0), (day.Resolved, day.HardBounces, day.HandedOver));
    }

    [Fact]
    public async Task What_a_list_of_the_way_out_kept_back_is_a_permanent_bounce_in_no_rate_and_goes_on_no_list_here()
    {
        await using var engine = await EngineUnderTest.Start();
        engine.Transport.Answer = _ => new(new Core.Delivery.DeliveryResult { Kind = Core.Delivery.DeliveryResultKind.HandedOver });
        var listed = 0;
        engine.Spool.Sees = w => Interlocked.Add(ref listed, w.Suppressions.Count);
        await engine.Create("a");
        var id = await engine.Send("a");
        await engine.UntilNothingIsOpen(Step, "a");
        var bounce = new DeliveryFeedback("a", id, "r@example.org", engine.Transport.Starts.Single().At, FeedbackKind.HardBounce)
        {
            Previous = UnitState.HandedOver, BounceSubType = Core.Delivery.BounceSubType.OnTenantSuppressionList,
        };
        await engine.Tenants.Get("a").Report([bounce], default);
        var day = (await engine.Tenants.Get("a").Describe(default))!.LastDay;
        Assert.Equal((0, 0, 0, 0), (day.Resolved, day.HardBounces, day.HandedOver, listed));
        Assert.Equal(new TenantBooks { Accepted = 1, Bounced = 1 }, await engine.Books("a"));
    }

    [Fact]
    public async Task Feedback_that_could_not_be_stored_is_told_again_until_it_is()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        await engine.Create("b");
        var ids = (await engine.Send("a"), await engine.Send("b"));
        await engine.UntilNothingIsOpen(Step, "a", "b");
        var failures = 2;
        engine.Spool.FailsWrite = w => w.Events.Any(e => e.Kind == (int)TenantEventKind.Complained) && Interlocked.Decrement(ref failures) >= 0;
        var now = engine.Time.GetUtcNow();
        engine.Feedback.Report(new DeliveryFeedback("a", ids.Item1, "r@example.org", now, FeedbackKind.Complaint));
        engine.Feedback.Report(new DeliveryFeedback("nobody", "x", "r@example.org", now, FeedbackKind.Complaint));
        engine.Feedback.Report(new DeliveryFeedback("b", ids.Item2, "r@example.org", now, FeedbackKind.Complaint));
        var (a, b) = (await engine.KeyOf("a"), await engine.KeyOf("b"));
        await engine.Until(async () => (await Complaints(engine, a)).Length > 0 && (await Complaints(engine, b)).Length > 0, "both are stored", Step);
        Assert.Single(await Complaints(engine, a));
        Assert.Single(await Complaints(engine, b));
    }

    private static async Task<TenantEvent[]> Complaints(EngineUnderTest engine, long key) =>
        [.. (await engine.Replay(key, default)).Events.Where(e => e.Kind == TenantEventKind.Complained)];

    private static Task<EngineUnderTest> Simulator(Action<SimulatorOptions> configure)
    {
        var options = new SimulatorOptions();
        configure(options);
        return EngineUnderTest.Start(e => e.OtherTransport = sink => new SimulatorTransport(options, sink, e.Time));
    }
}
