using Silo.Core.Delivery;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Tests.Delivery;
using Silo.Server.Tests.Ownership;
using Silo.Testing;
using Silo.Testing.Engine;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Server.Tests.Feedback;

/// <summary>Reports come several times, in any order, and to any silo: each counts once, and an end stays the end.</summary>
public sealed class DuplicateFeedbackTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task The_same_record_three_times_changes_the_books_and_the_counters_once()
    {
        await using var engine = await HandedOver();
        var bounce = await Sent(engine, FeedbackKind.HardBounce);
        // Twice in one batch, once alone, and once after a restart.
        await Report(engine, bounce, bounce);
        await Report(engine, bounce);
        await engine.Restart();
        await Report(engine, bounce);
        await AssertIs(engine, new TenantBooks { Accepted = 1, Bounced = 1 }, TenantEventKind.HardBounced);
        Assert.Equal(1, (await engine.Tenants.Get("a").Describe(default))!.LastDay.HardBounces);
    }

    [Fact]
    public async Task The_same_record_side_by_side_counts_once()
    {
        await using var engine = await HandedOver();
        var bounce = await Sent(engine, FeedbackKind.SoftBounce);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Report(engine, bounce)));
        await AssertIs(engine, new TenantBooks { Accepted = 1, Bounced = 1 }, TenantEventKind.SoftBounced);
    }

    [Fact]
    public async Task A_delivery_after_a_bounce_does_not_bring_it_back_and_a_second_bounce_is_none()
    {
        await using var engine = await HandedOver();
        foreach (var kind in new[] { FeedbackKind.HardBounce, FeedbackKind.Delivered, FeedbackKind.SoftBounce, FeedbackKind.Blocked, FeedbackKind.Delivered })
            await Report(engine, await Sent(engine, kind));
        await AssertIs(engine, new TenantBooks { Accepted = 1, Bounced = 1 }, TenantEventKind.HardBounced);
    }

    [Fact]
    public async Task A_bounce_after_a_delivery_moves_it_out_of_the_delivered()
    {
        await using var engine = await HandedOver();
        await Report(engine, await Sent(engine, FeedbackKind.Delivered), await Sent(engine, FeedbackKind.HardBounce));
        await AssertIs(engine, new TenantBooks { Accepted = 1, Bounced = 1 }, TenantEventKind.Delivered, TenantEventKind.HardBounced);
        var day = (await engine.Tenants.Get("a").Describe(default))!.LastDay;
        Assert.Equal((1, 1, 0, 0), (day.Resolved, day.HardBounces, day.HandedOver, day.Delivered));
    }

    [Theory]
    [InlineData(DeliveryResultKind.HardBounce, TenantEventKind.HardBounced)]
    [InlineData(DeliveryResultKind.SoftBounce, TenantEventKind.SoftBounced)]
    [InlineData(DeliveryResultKind.Blocked, TenantEventKind.Blocked)]
    public async Task A_server_that_refuses_and_sends_a_report_as_well_returned_it_once(DeliveryResultKind kind, TenantEventKind fact)
    {
        await using var engine = await EngineUnderTest.Start(time: new HostileTimeProvider(TimeProvider.System.GetUtcNow()));
        engine.Transport.Answer = _ => new(new DeliveryResult { Kind = kind, Stage = DeliveryStage.Recipient });
        await engine.Create("a");
        await engine.Send("a");
        await engine.UntilNothingIsOpen(Step, "a");
        for (var life = 0; life < 2; life++)
        {
            foreach (var told in new[] { FeedbackKind.HardBounce, FeedbackKind.Delivered, FeedbackKind.Blocked })
                await Report(engine, await Sent(engine, told) with { Previous = UnitState.Delivered });
            await engine.Restart();
        }

        // A complaint is another matter.
        await Report(engine, await Sent(engine, FeedbackKind.Complaint));
        Assert.Equal(new TenantBooks { Accepted = 1, Bounced = 1 }, await engine.Books("a"));
        var (_, events) = await engine.Replay(await engine.KeyOf("a"), default);
        Assert.Equal([TenantEventKind.Accepted, fact, TenantEventKind.Complained], events.Skip(1).Select(e => e.Kind));
    }

    [Theory]
    [InlineData(UnitState.HandedOver, FeedbackKind.HardBounce, false)]
    [InlineData(UnitState.Delivered, FeedbackKind.HardBounce, false)]
    [InlineData(UnitState.Delivered, FeedbackKind.HardBounce, true)]
    [InlineData(UnitState.Delivered, FeedbackKind.SoftBounce, true)]
    [InlineData(UnitState.HandedOver, FeedbackKind.SoftBounce, false)]
    public async Task A_report_of_a_copy_whose_reply_was_lost_and_a_refusal_of_the_next_are_one_bounce(
        UnitState left, FeedbackKind kind, bool whileItIsWaitedFor)
    {
        await using var engine = await EngineUnderTest.Start(time: new HostileTimeProvider(TimeProvider.System.GetUtcNow()));
        await engine.Create("a");
        // One that arrived, of which something could be taken back.
        await engine.Send("a", "other@example.org");
        await engine.UntilNothingIsOpen(Step, "a");
        var reply = new TaskCompletionSource<DeliveryResult>();
        engine.Transport.Answer = _ => new(reply.Task);
        var id = await engine.Send("a");
        await engine.Until(() => engine.Transport.Starts.Count == 2, "it is under way", Step);
        var bounce = new DeliveryFeedback("a", id, "r@example.org", engine.Transport.Starts.Last().At, kind) { Previous = left };
        if (whileItIsWaitedFor) await Report(engine, bounce);
        engine.Transport.Answer = _ => new(ScriptedTransport.HardBounce);
        reply.SetResult(new DeliveryResult { Kind = DeliveryResultKind.InDoubt, Stage = DeliveryStage.FinalDot });
        await engine.Until(async () => (await engine.Books("a")).PossibleDuplicates == 1, "it is in doubt");
        if (!whileItIsWaitedFor)
        {
            await engine.Restart();
            await Report(engine, bounce);
        }

        Assert.Equal(new TenantBooks { Accepted = 2, Delivered = 1, PossibleDuplicates = 1 }, await engine.Books("a"));
        await engine.UntilNothingIsOpen(TimeSpan.FromMinutes(1), "a");
        var books = new TenantBooks { Accepted = 2, Delivered = 1, Bounced = 1, PossibleDuplicates = 1 };
        Assert.Equal(books, await engine.Books("a"));
        var (ledger, _) = await engine.Replay(await engine.KeyOf("a"), default);
        Assert.Equal(books, ledger.Books);
        var day = (await engine.Tenants.Get("a").Describe(default))!.LastDay;
        // What was told first is what counts.
        Assert.Equal(kind == FeedbackKind.HardBounce ? (2, 1, 1) : (1, 0, 1), (day.Resolved, day.HardBounces, day.Delivered));
        Assert.Equal(1, ledger.Delivered);
    }

    [Fact]
    public async Task A_copy_that_was_in_hand_at_a_crash_and_came_back_moves_no_unit()
    {
        await using var engine = await EngineUnderTest.Start(time: new HostileTimeProvider(TimeProvider.System.GetUtcNow()));
        await engine.Create("a");
        engine.Transport.Answer = async _ =>
        {
            await Task.Delay(Timeout.Infinite);
            return ScriptedTransport.Delivered;
        };
        var id = await engine.Send("a");
        await engine.Until(() => engine.Transport.Starts.Count == 1, "it is under way", Step);
        var bounce = new DeliveryFeedback("a", id, "r@example.org", engine.Transport.Starts.Last().At, FeedbackKind.SoftBounce);
        engine.Transport.Answer = _ => new(ScriptedTransport.HardBounce);
        engine.Transport.Before = _ => new(ScriptedTransport.NoConnection);
        await engine.Crash();
        await engine.Until(async () => (await engine.Books("a")).PossibleDuplicates == 1, "it is in doubt");
        await Report(engine, bounce);
        Assert.Equal(new TenantBooks { Accepted = 1, PossibleDuplicates = 1 }, await engine.Books("a"));
        engine.Transport.Before = null;
        await engine.UntilNothingIsOpen(TimeSpan.FromMinutes(1), "a");
        Assert.Equal(new TenantBooks { Accepted = 1, Bounced = 1, PossibleDuplicates = 1 }, await engine.Books("a"));
    }

    [Fact]
    public async Task A_complaint_may_come_before_the_delivery_and_both_count_once()
    {
        await using var engine = await HandedOver();
        for (var i = 0; i < 2; i++)
        {
            await Report(engine, await Sent(engine, FeedbackKind.Complaint));
            await Report(engine, await Sent(engine, FeedbackKind.Delivered));
        }

        await AssertIs(engine, new TenantBooks { Accepted = 1, Delivered = 1 }, TenantEventKind.Complained, TenantEventKind.Delivered);
    }

    [Fact]
    public async Task What_was_not_stored_is_news_when_it_is_told_again()
    {
        await using var engine = await HandedOver();
        var bounce = await Sent(engine, FeedbackKind.Blocked);
        var failures = 1;
        engine.Spool.FailsWrite = w => w.Marks.Count > 0 && Interlocked.Decrement(ref failures) >= 0;
        await Assert.ThrowsAsync<Silo.Storage.StorageException>(() => Report(engine, bounce));
        await Report(engine, bounce);
        await AssertIs(engine, new TenantBooks { Accepted = 1, Bounced = 1 }, TenantEventKind.Blocked);
    }

    [Fact]
    public async Task Feedback_of_another_tenant_of_the_name_and_of_long_ago_is_not_taken()
    {
        await using var engine = await HandedOver();
        var bounce = await Sent(engine, FeedbackKind.HardBounce);
        await Report(engine, bounce with { TenantKey = await engine.KeyOf("a") + 1 });
        await Report(engine, bounce with { TenantKey = await engine.KeyOf("a"), SentAt = engine.Time.GetUtcNow().AddDays(-61) });
        await AssertIs(engine, new TenantBooks { Accepted = 1, HandedOver = 1 });
    }

    [PostgresFact]
    public async Task Two_silos_that_are_told_the_same_book_it_once()
    {
        await using var engines = await TwoEngines.Start(1);
        foreach (var engine in engines.Both) engine.Transport.Answer = _ => new(new DeliveryResult { Kind = DeliveryResultKind.HandedOver });
        await engines.First.Create("a");
        while (engines.Accepted.IsEmpty) await engines.Admit(engines.First, "a");
        await engines.First.Until(async () => (await engines.Describe(engines.First, "a")).Books.HandedOver == 1, "it is handed over");
        var start = engines.Both.SelectMany(e => e.Transport.Starts).Single();
        var bounce = new DeliveryFeedback("a", start.MessageId, start.Recipient, start.At, FeedbackKind.HardBounce);
        for (var round = 0; round < 3; round++)
            foreach (var engine in engines.Both) await Patiently(() => engine.Tenants.Get("a").Report([bounce], default).AsTask());
        Assert.Equal(new TenantBooks { Accepted = 1, Bounced = 1 }, (await engines.Describe(engines.Second, "a")).Books);
        Assert.Equal(new TenantBooks { Accepted = 1, Bounced = 1 }, (await engines.EndAndReadBooks()).ByTenant["a"]);
    }

    /// <summary>The owner may not give the tenant in time when both ask for it.</summary>
    private static async Task Patiently(Func<Task> call)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                await call();
                return;
            }
            catch (Silo.Storage.StorageException) when (tries < 100)
            {
            }
        }
    }

    private static async Task<EngineUnderTest> HandedOver()
    {
        // The store forgets what was told of old mail, by its own clock.
        var engine = await EngineUnderTest.Start(time: new HostileTimeProvider(TimeProvider.System.GetUtcNow()));
        engine.Transport.Answer = _ => new(new DeliveryResult { Kind = DeliveryResultKind.HandedOver });
        await engine.Create("a");
        await engine.Send("a");
        await engine.UntilNothingIsOpen(Step, "a");
        return engine;
    }

    private static Task<DeliveryFeedback> Sent(EngineUnderTest engine, FeedbackKind kind) => Task.FromResult(
        new DeliveryFeedback("a", "a-000001", "r@example.org", engine.Transport.Starts.Single().At, kind) { Previous = UnitState.HandedOver });

    private static Task Report(EngineUnderTest engine, params DeliveryFeedback[] feedback) => engine.Tenants.Get("a").Report(feedback, default).AsTask();

    private static async Task AssertIs(EngineUnderTest engine, TenantBooks books, params TenantEventKind[] told)
    {
        Assert.Equal(books, await engine.Books("a"));
        var (ledger, events) = await engine.Replay(await engine.KeyOf("a"), default);
        Assert.Equal(books, ledger.Books);
        Assert.Equal(told, events.SkipWhile(e => e.Kind != TenantEventKind.HandedOver).Skip(1).Select(e => e.Kind));
    }
}
