using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Messages;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Core.Trust;
using Silo.Server.Intake.ContentCheck;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Silo.Server.Tests.Intake.ContentCheck;
using Silo.Server.Trust;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Trust;

/// <summary>A tenant's way through the tiers, with its mail, a real store, and ends of processes in between.</summary>
public sealed class TrustTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_new_tenant_begins_in_the_default_tier_with_what_it_says_and_moves_up_by_its_mail_also_over_a_crash()
    {
        await using var engine = await EngineUnderTest.Start();
        await Put(engine, "new", 1, t => t with
        {
            IsDefault = true, Policy = "strict", BlastRadius = 7, Limits = new TenantLimits { SendRate = 50, SendBurst = 50, DailyQuota = 1_000 },
            Promotion = new TrustPromotion { MinDays = 2, MinDelivered = 100, MaxBounceRate = 0.1 },
        });
        await Put(engine, "known", 2, t => t);
        await engine.Create("a");
        var budgets = (await engine.Tenants.Get("a").Budgets(default))!.Own;
        Assert.Equal((50, 7, ReputationPolicy.Strict), (budgets.SendRate, budgets.UnresolvedCap, (await Standing(engine)).Policy));
        // What an operator says of the tenant itself goes before.
        await engine.Tenants.Get("a").SetLimits(new TenantLimits { SendRate = 400 }, default);
        Assert.Equal(400, (await engine.Tenants.Get("a").Budgets(default))!.Own.SendRate);

        await Deliver(engine, 120);
        await engine.Crash();
        var report = (await engine.Tenants.Get("a").Trust(default))!;
        Assert.Equal(("new", 120, "known"), (report.Trust.Tier!.Name, report.Evidence.Delivered, report.NextTier));
        Assert.Equal("0 of 2 days in the tier.", Assert.Single(report.Missing));
        engine.Time.Advance(TimeSpan.FromDays(2.1));
        // Nobody asks: the first mail of a day has it looked after, with the evidence of the mail before.
        await Deliver(engine, 1);
        var trust = (await Loaded(engine)).Trust;
        Assert.Equal(("known", "standard", false), (trust.Tier!.Name, trust.TierPolicy, trust.PolicyIsDue));
        Assert.Equal(ReputationPolicy.Standard, (await Standing(engine)).Policy);
        Assert.Equal(200, (await engine.Tenants.Get("a").Budgets(default))!.Own.UnresolvedCap);
        await engine.Crash();
        await StoredEqualsReplayed(engine);
    }

    [Fact]
    public async Task The_cap_of_a_tier_on_unresolved_deliveries_holds()
    {
        await using var engine = await EngineUnderTest.Start();
        await Put(engine, "new", 1, t => t with { IsDefault = true, BlastRadius = 7 });
        await engine.Create("a");
        var open = new TaskCompletionSource();
        engine.Transport.Answer = async _ =>
        {
            await open.Task;
            return ScriptedTransport.Delivered;
        };
        await engine.SendMany("a", 40);
        await engine.Until(() => engine.Transport.UnderWay == 7, "seven are under way", Step);
        for (var i = 0; i < 20; i++) await Task.Run(() => engine.Time.Advance(Step));
        Assert.Equal(7, engine.Transport.UnderWay);
        open.SetResult();
        await engine.UntilNothingIsOpen(Step, "a");
    }

    [Fact]
    public async Task What_a_person_has_to_agree_to_stands_in_the_queue_and_every_answer_is_an_event()
    {
        await using var engine = await EngineUnderTest.Start();
        await Put(engine, "new", 1, t => t with { IsDefault = true, Promotion = new TrustPromotion { MinDelivered = 20, NeedsReview = true } });
        await Put(engine, "known", 2, t => t);
        foreach (var tenant in new[] { "a", "b", "c" })
        {
            await engine.Create(tenant);
            await Deliver(engine, 20, tenant);
            engine.Time.Advance(TimeSpan.FromDays(1));
            await Deliver(engine, 1, tenant);
        }

        Assert.Equal(["a", "b", "c"], await Queue(engine));
        await engine.Crash();
        Assert.Equal(["a", "b", "c"], await Queue(engine));
        Assert.Equal(["a", "b"], (await engine.Reviews.List(null, null, 2, default)).Items.Select(r => r.TenantName));
        Assert.Equal("b", (await engine.Reviews.List(null, null, 2, default)).Next);
        Assert.Equal(["c"], (await engine.Reviews.List("b", TrustReviewState.Open, 2, default)).Items.Select(r => r.TenantName));
        Assert.Empty((await engine.Reviews.List(null, TrustReviewState.Held, 2, default)).Items);

        Assert.Equal(TrustResult.Done, (await Decide(engine, "a", TrustAnswer.Approve)).Result);
        Assert.Equal(TrustResult.Done, (await Decide(engine, "b", TrustAnswer.Hold)).Result);
        Assert.Equal(TrustResult.Done, (await Decide(engine, "c", TrustAnswer.Decline)).Result);
        Assert.Equal(TrustResult.NoReview, (await Decide(engine, "c", TrustAnswer.Approve)).Result);
        Assert.Equal(TrustResult.NoSuchTenant, (await Decide(engine, "d", TrustAnswer.Approve)).Result);
        Assert.Equal(["b"], await Queue(engine));
        Assert.Equal(("known", "new"), ((await Loaded(engine, "a")).Trust.Tier!.Name, (await Loaded(engine, "c")).Trust.Tier!.Name));
        var decided = (await CheckedIntake.Replay(engine, "c")).Events.Single(e => e.Kind == TenantEventKind.ReviewDecided);
        Assert.Equal(("not yet", "eve"), (decided.Cause, decided.Trust!.Review!.By));
        await engine.Tenants.Get("b").Delete(default);
        Assert.Empty(await Queue(engine));
    }

    [Fact]
    public async Task A_place_in_the_queue_that_a_crash_left_is_put_in_order_by_its_tenant()
    {
        await using var engine = await EngineUnderTest.Start();
        await Put(engine, "new", 1, t => t with { IsDefault = true });
        await engine.Create("a");
        var review = new TrustReview
        {
            State = TrustReviewState.Open, Reason = TrustReviewReason.Promotion, AskedAt = engine.Time.GetUtcNow(),
            Evidence = TrustRules.Evidence(await Loaded(engine), new ReputationThresholds(), engine.Time.GetUtcNow()),
        };
        // Written before the event that a crash kept from the disk; and of a tenant that is gone.
        await engine.Reviews.Follow("a", review, default);
        await engine.Reviews.Follow("gone", review, default);
        Assert.Equal(["a", "gone"], await Queue(engine));
        using var watch = new TrustWatch(engine.Trust, engine.Reviews, engine.Tenants, engine.Time, NullLogger<TrustWatch>.Instance);
        await watch.Repair(default);
        Assert.Empty(await Queue(engine));
    }

    [Fact]
    public async Task A_finding_high_moves_a_tenant_down_with_the_outcome_that_shows_it()
    {
        await using var engine = await EngineUnderTest.Start();
        await Put(engine, "low", 1, t => t with { BlastRadius = 5 });
        await Put(engine, "middle", 2, t => t with { IsDefault = true, DemoteOnFinding = true });
        await engine.Create("a");
        engine.Transport.Answer = h => new(h.Recipient.StartsWith("bad", StringComparison.Ordinal) ? ScriptedTransport.HardBounce : ScriptedTransport.Delivered);
        await engine.SendMany("a", 400, i => i % 2 == 0 ? "bad@gmail.com" : "good@example.org");
        await engine.Until(async () => (await Loaded(engine)).Trust.Tier!.Name == "low", "it is in the tier below", Step);
        var moved = (await CheckedIntake.Replay(engine, "a")).Events.Single(e => e.Kind == TenantEventKind.TrustChanged);
        Assert.StartsWith("Bounce rate", moved.Cause, StringComparison.Ordinal);
        Assert.Equal(5, (await engine.Tenants.Get("a").Budgets(default))!.Own.UnresolvedCap);
        await engine.Crash();
        await StoredEqualsReplayed(engine);
    }

    [Fact]
    public async Task A_tenant_whose_mail_is_rejected_is_asked_about_and_tiers_say_whose_mail_is_checked()
    {
        await using var rspamd = await FakeRspamd.Start();
        rspamd.Says("reject", 30);
        await using var engine = await EngineUnderTest.Start();
        await Put(engine, "checked", 1, t => t with { ContentCheck = ContentCoverage.Always });
        await Put(engine, "free", 2, t => t with { ContentCheck = ContentCoverage.Never });
        await CheckedIntake.Allow(engine, "a", "b", "c");
        await engine.Tenants.Get("a").SetTrust(new SetTrust("checked", "By hand."), default);
        await engine.Tenants.Get("b").SetTrust(new SetTrust("free", "By hand."), default);
        using var checker = CheckedIntake.Checker(new ContentCheckOptions { Url = rspamd.Url, SampleRate = 0 }, engine.Time);
        var intake = CheckedIntake.Of(engine, checker, new TrustCoverage(engine.Trust, engine.Tenants, engine.Time));
        string[] many = [.. Enumerable.Range(0, 25).Select(i => $"r{i}@example.net")];
        foreach (var tenant in new[] { "a", "b", "c" }) await CheckedIntake.Accepted(intake, tenant, "x", many);
        await engine.UntilNothingIsOpen(Step, "a", "b", "c");
        Assert.Equal((25, 0, 0), ((await engine.Books("a")).Rejected, (await engine.Books("b")).Rejected, (await engine.Books("c")).Rejected));
        Assert.Single(rspamd.Seen);
        var asked = Assert.Single((await engine.Reviews.List(null, null, 10, default)).Items);
        Assert.Equal(("a", TrustReviewReason.Rejects, 25L), (asked.TenantName, asked.Review.Reason, asked.Review.Evidence.Rejected));
        await engine.Crash();
        await StoredEqualsReplayed(engine);
    }

    [Fact]
    public async Task Without_tiers_nothing_is_decided_about_anybody()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        await Deliver(engine, 30);
        engine.Time.Advance(TimeSpan.FromDays(2));
        await Deliver(engine, 1);
        Assert.DoesNotContain((await CheckedIntake.Replay(engine, "a")).Events, e => e.Trust is not null);
        Assert.Equal(TrustResult.NoSuchTier, (await engine.Tenants.Get("a").SetTrust(new SetTrust("x", "By hand."), default)).Result);
    }

    private static async Task Put(EngineUnderTest engine, string name, int rank, Func<TrustTier, TrustTier> with) => Assert.Equal(
        TrustTierChange.Done, await engine.Trust.Put(with(new TrustTier { Name = name, Rank = rank, Revision = 0 }), default));

    private static async Task Deliver(EngineUnderTest engine, int messages, string tenant = "a")
    {
        await engine.SendMany(tenant, messages);
        await engine.UntilNothingIsOpen(Step, tenant);
    }

    private static async Task<TrustReply> Decide(EngineUnderTest engine, string tenant, TrustAnswer answer) =>
        await engine.Tenants.Get(tenant).DecideReview(new TrustDecision(answer, "eve", "not yet"), default);

    private static async Task<IEnumerable<string>> Queue(EngineUnderTest engine) =>
        (await engine.Reviews.List(null, null, 10, default)).Items.Select(r => r.TenantName);

    private static async Task<TenantStanding> Standing(EngineUnderTest engine) => (await engine.Tenants.Get("a").Describe(default))!.Standing;

    private static async Task<TenantLedger> Loaded(EngineUnderTest engine, string tenant = "a")
    {
        var stored = (await engine.Store.Tenants.Load(tenant, default))!;
        var loaded = TenantLedger.Read(stored.Snapshot.AppliedSequence, stored.Snapshot.State.Span, stored.Snapshot.Counters.Span);
        foreach (var e in stored.Tail) loaded.Apply(TenantEvent.FromPayload(e.Sequence, e.At, e.Kind, e.Payload.Span));
        return loaded;
    }

    private static async Task StoredEqualsReplayed(EngineUnderTest engine)
    {
        var (ledger, loaded) = ((await CheckedIntake.Replay(engine, "a")).Ledger, await Loaded(engine));
        Assert.Equal(ledger.WriteState(), loaded.WriteState());
        Assert.Equal(ledger.WriteCounters(), loaded.WriteCounters());
    }
}
