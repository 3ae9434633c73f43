using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Delivery;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Server.Delivery;
using Silo.Server.Policies;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Silo.Storage;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Tenants;

/// <summary>What open findings do to a tenant's mail besides pausing it, and that nothing of it is lost by a restart.</summary>
public sealed class FindingEffectsTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_parked_provider_waits_and_the_others_go_on_also_after_a_restart_and_until_the_finding_closes()
    {
        await using var engine = await Start(new PolicyAction(PolicyActionKind.ParkProvider));
        await BounceAtGmail(engine);
        await engine.SendMany("a", 20, i => i % 2 == 0 ? "ok@gmail.com" : "ok@example.org");
        await engine.Until(() => engine.Transport.Starts.Count(s => s.Recipient == "ok@example.org") == 10, "the others have left", Step);
        Assert.DoesNotContain(engine.Transport.Starts, s => s.Recipient == "ok@gmail.com");
        // Each outcome has it ask again, so for moments it waits for the answer.
        var since = engine.Time.GetUtcNow().AddDays(-1);
        await engine.Until(
            async () => Assert.Single((await engine.Tenants.Get("a").Explain("a-000061", since, default))!.Deliveries).WaitsFor == "finding × Gmail",
            "the explanation names the finding");

        await engine.Restart();
        await engine.SendMany("a", 2, _ => "late@example.org");
        await engine.Until(() => engine.Transport.Starts.Count(s => s.Recipient == "late@example.org") == 2, "others leave after the restart", Step);
        Assert.DoesNotContain(engine.Transport.Starts, s => s.Recipient == "ok@gmail.com");

        // A policy that only tells lets them go.
        await engine.Tenants.Get("a").SetPolicy(new SetPolicy(ReputationPolicy.None), default);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(10, engine.Transport.Starts.Count(s => s.Recipient == "ok@gmail.com"));
    }

    [Fact]
    public async Task A_throttle_holds_for_what_leaves_while_the_finding_is_open()
    {
        await using var engine = await Start(new PolicyAction(PolicyActionKind.Throttle, 0.01));
        await BounceAtGmail(engine);
        var budget = (await engine.Tenants.Get("a").Budgets(default))!.Own;
        Assert.Equal((10, 10), (budget.SendRate, budget.SendBurst));
        await engine.SendMany("a", 60);
        await engine.UntilNothingIsOpen(Step, "a");
        var starts = engine.Transport.Starts.Where(s => s.Recipient == "r@example.org").Select(s => s.At).ToArray();
        for (var first = 0; first < starts.Length; first++)
            for (var last = first; last < starts.Length; last++)
                Assert.True(last - first + 1 <= 10 + (10 * (starts[last] - starts[first]).TotalSeconds) + 1e-6, $"{first} to {last}");

        await engine.Restart();
        Assert.Equal(10, (await engine.Tenants.Get("a").Budgets(default))!.Own.SendRate);
        await engine.Tenants.Get("a").SetPolicy(new SetPolicy(ReputationPolicy.None), default);
        Assert.Equal(1_000, (await engine.Tenants.Get("a").Budgets(default))!.Own.SendRate);
    }

    [Fact]
    public async Task The_state_equals_the_fold_of_the_events_with_policies_reports_and_restarts()
    {
        await using var engine = await Start(new PolicyAction(PolicyActionKind.Throttle, 0.5));
        var created = (await engine.Tenants.Get("a").Describe(default))!.CreatedAt;
        await BounceAtGmail(engine);
        var report = new ExternalReport { Source = "s", Kind = ExternalReportKind.Abuse, Count = 3, MessageId = "a-000001" };
        Assert.True(await engine.Tenants.Get("a").TakeReport(report, default));
        Assert.False(await engine.Tenants.Get("nobody").TakeReport(report, default));
        await engine.Restart();
        var before = (await engine.Tenants.Get("a").Reputation(default))!;
        Assert.Equal([FindingType.Bounce, FindingType.FeedbackThirdParty], before.Standing.OpenFindings.Select(f => f.Type));

        var (ledger, _) = await engine.Replay(await engine.KeyOf("a"), created);
        await engine.Crash();
        var stored = (await engine.Store.Tenants.Load("a", default))!;
        var loaded = TenantLedger.Read(stored.Snapshot.AppliedSequence, stored.Snapshot.State.Span, stored.Snapshot.Counters.Span);
        foreach (var e in stored.Tail) loaded.Apply(TenantEvent.FromPayload(e.Sequence, e.At, e.Kind, e.Payload.Span));
        Assert.Equal(ledger.WriteState(), loaded.WriteState());
        Assert.Equal(ledger.WriteCounters(), loaded.WriteCounters());
    }

    [Fact]
    public async Task A_change_that_was_not_told_to_the_end_reaches_the_tenants_all_the_same_and_pauses_with_its_evidence()
    {
        await using var engine = await Start(PolicyAction.Notify);
        await BounceAtGmail(engine);
        var policies = new PolicyResources(
            engine.Store.Resources, engine.Tenants, new Arns("us-east-1", "000000000000"), engine.Time, NullLogger<PolicyResources>.Instance);
        // As a silo leaves it that ends behind its write.
        var stored = (await engine.Store.Resources.Get(ResourceKind.ReputationPolicy, "own", default))!;
        var changed = PolicyOf(PolicyAction.Pause) with { Revision = 2 };
        var document = new PolicyDocument(changed, engine.Time.GetUtcNow(), IsSpread: false).ToBytes();
        Assert.True(await engine.Store.Resources.Replace(ResourceKind.ReputationPolicy, "own", document, stored.Version, default));
        await policies.SpreadRest(default);
        Assert.Equal(1, (await engine.Tenants.Get("a").Describe(default))!.Standing.Custom!.Revision);

        engine.Time.Advance(TimeSpan.FromSeconds(11));
        await policies.SpreadRest(default);
        var tenant = (await engine.Tenants.Get("a").Describe(default))!;
        Assert.Equal((2, false), (tenant.Standing.Custom!.Revision, tenant.Standing.MaySend));
        var (_, events) = await engine.Replay(await engine.KeyOf("a"), tenant.CreatedAt);
        var paused = events[^1];
        Assert.Equal((TenantEventKind.StatusChanged, FindingType.Bounce), (paused.Kind, paused.Finding!.Type));
        Assert.Equal(paused.Finding.Description, paused.Cause);
        stored = (await engine.Store.Resources.Get(ResourceKind.ReputationPolicy, "own", default))!;
        Assert.True(PolicyDocument.Read(stored.Document).IsSpread);
    }

    [Fact]
    public async Task A_tenant_that_was_left_among_a_policys_users_by_a_change_that_broke_off_is_taken_out()
    {
        await using var engine = await Start(PolicyAction.Notify);
        var arn = "arn:aws:ses:us-east-1:000000000000:reputation-policy/own";
        var row = (await engine.Store.Tenants.Load("a", default))!;
        await engine.Tenants.Get("a").SetPolicy(new SetPolicy(ReputationPolicy.Strict), default);
        Assert.Empty((await engine.Store.Resources.ListByResource(arn, null, 10, default)).Items);
        await engine.Store.Resources.Associate(
            new Association("a", row.TenantId, arn, ResourceKind.ReputationPolicy, "own", engine.Time.GetUtcNow()), 10, default);
        Assert.False(await engine.Tenants.Get("a").FollowPolicy("own", default));
        Assert.Empty((await engine.Store.Resources.ListByResource(arn, null, 10, default)).Items);
        Assert.Equal(ResourceDeletion.Deleted, await engine.Store.Resources.Delete(ResourceKind.ReputationPolicy, "own", arn, default));
    }

    [Fact]
    public async Task What_recipients_do_is_counted_by_provider_and_moves_no_delivery()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var id = await engine.Send("a", "r@gmail.com");
        await engine.UntilNothingIsOpen(Step, "a");
        var at = engine.Time.GetUtcNow();
        var kinds = new[] { FeedbackKind.Opened, FeedbackKind.Opened, FeedbackKind.Clicked, FeedbackKind.Unsubscribed };
        await engine.Tenants.Get("a").Report(
            [.. kinds.Select(k => new DeliveryFeedback("a", id, "r@gmail.com", at, k) { Previous = UnitState.Delivered })], default);

        var reputation = (await engine.Tenants.Get("a").Reputation(default))!;
        foreach (var row in reputation.Volumes.Where(r => r.Window == ReputationWindow.Day))
            Assert.Equal((2, 1, 1, 1), (row.Volume.Opens, row.Volume.Clicks, row.Volume.Unsubscribes, row.Volume.Delivered));
        Assert.Equal([null, "Gmail"], reputation.Volumes.Where(r => r.Window == ReputationWindow.Day).Select(r => r.Provider));
        Assert.Equal(1, (await engine.Books("a")).Delivered);
    }

    [Fact]
    public async Task Bounces_at_a_verified_domain_of_the_tenants_own_are_in_no_rate()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var account = new AccountResources(engine.Store.Resources, new Arns("us-east-1", "000000000000"), engine.Time);
        foreach (var (domain, status) in new[] { ("own.example", "SUCCESS"), ("pending.example", "PENDING") })
        {
            var identity = new EmailIdentity
            {
                Name = domain, VerificationStatus = status, CreatedAt = engine.Time.GetUtcNow(),
                Dkim = new DkimSettings { SigningEnabled = false, Status = "NOT_STARTED", Origin = "AWS_SES" },
            };
            Assert.Equal(ResourceCreation.Created, await account.Create(identity, [], default));
            await engine.Tenants.Get("a").Associate($"arn:aws:ses:us-east-1:000000000000:identity/{domain}", default);
        }

        engine.Transport.Answer = _ => ValueTask.FromResult(Bounce);
        await engine.SendMany("a", 40, i => "x@" + (i % 4) switch { 0 => "own.example", 1 => "sub.own.example", 2 => "pending.example", _ => "else.example" });
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(40, (await engine.Books("a")).Bounced);
        Assert.Equal(20, (await engine.Tenants.Get("a").Describe(default))!.LastDay.HardBounces);
    }

    private static DeliveryResult Bounce { get; } = new() { Kind = DeliveryResultKind.HardBounce, Stage = DeliveryStage.Recipient };

    private static async Task<EngineUnderTest> Start(PolicyAction action)
    {
        var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var document = new PolicyDocument(PolicyOf(action), engine.Time.GetUtcNow(), true).ToBytes();
        await engine.Store.Resources.Create(
            new NewResource(ResourceKind.ReputationPolicy, "own", "arn:aws:ses:us-east-1:000000000000:reputation-policy/own", document, engine.Time.GetUtcNow(), [], 10),
            default);
        var reply = await engine.Tenants.Get("a").SetPolicy(new SetPolicy(ReputationPolicy.Standard) { CustomName = "own" }, default);
        Assert.False(reply.NoSuchPolicy);
        return engine;
    }

    private static CustomPolicy PolicyOf(PolicyAction action) => new()
    {
        Name = "own", Revision = 1,
        Findings = [new FindingPolicy { Type = FindingType.Bounce, Low = 0.02, VolumeFloor = 30, OnLow = action, OnHigh = action }],
    };

    private static async Task BounceAtGmail(EngineUnderTest engine)
    {
        engine.Transport.Answer = h => ValueTask.FromResult(h.Recipient == "bad@gmail.com" ? Bounce : ScriptedTransport.Delivered);
        await engine.SendMany("a", 60, i => i % 4 == 0 ? "bad@gmail.com" : "good@example.org");
        await engine.UntilNothingIsOpen(Step, "a");
        var finding = Assert.Single((await engine.Tenants.Get("a").Describe(default))!.Standing.OpenFindings);
        Assert.Equal("Gmail", finding.Provider);
    }
}
