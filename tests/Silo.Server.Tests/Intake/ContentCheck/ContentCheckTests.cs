using System.Text;
using Microsoft.AspNetCore.Http;
using Silo.Core.Delivery;
using Silo.Core.Suppression;
using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Server.Events;
using Silo.Server.Intake;
using Silo.Server.Intake.ContentCheck;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.Intake.ContentCheck;

public sealed class ContentCheckTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_checker_is_shown_the_message_with_its_envelope_and_what_it_lets_through_leaves_with_its_verdict_on_record()
    {
        await using var rspamd = await FakeRspamd.Start();
        rspamd.Says("greylist", 4.5);
        await using var engine = await EngineUnderTest.Start();
        await CheckedIntake.Allow(engine, "a");
        using var checker = CheckedIntake.Checker(new ContentCheckOptions { Url = rspamd.Url, Password = "q1", Ip = "192.0.2.7" }, engine.Time);
        var id = await CheckedIntake.Accepted(CheckedIntake.Of(engine, checker), "a", "hello there", "r@example.net", "q@example.org");

        var shown = Assert.Single(rspamd.Seen);
        Assert.Equal("POST /checkv2", shown.Call);
        Assert.Equal(
            ("s@example.com", "r@example.net, q@example.org", id, "a", "192.0.2.7", "q1"),
            (shown.Headers["From"], shown.Headers["Rcpt"], shown.Headers["Queue-Id"], shown.Headers["User"], shown.Headers["IP"], shown.Headers["Password"]));
        Assert.Contains("hello there", Encoding.ASCII.GetString(shown.Body), StringComparison.Ordinal);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(2, engine.Transport.Starts.Count);
        var accepted = (await CheckedIntake.Replay(engine, "a")).Events.Single(e => e.Kind == TenantEventKind.Accepted);
        Assert.Equal(("greylist", 4.5), (accepted.Content!.Action, accepted.Content.Score));
        Assert.Equal(["HIGH", "LOW"], accepted.Content.Symbols);
    }

    [Fact]
    public async Task Rejected_mail_has_an_id_and_an_event_for_each_recipient_and_never_leaves_and_is_in_no_rate_also_after_a_crash()
    {
        await using var rspamd = await FakeRspamd.Start();
        rspamd.Answer = (shown, context) => FakeRspamd.Say(
            context, Encoding.ASCII.GetString(shown.Body).Contains("EICAR", StringComparison.Ordinal)
                ? """{"score":20,"action":"REJECT"}""" : """{"score":1,"action":"add header"}""");
        await using var engine = await EngineUnderTest.Start();
        await CheckedIntake.Allow(engine, "a");
        using var checker = CheckedIntake.Checker(new ContentCheckOptions { Url = rspamd.Url }, engine.Time);
        var intake = CheckedIntake.Of(engine, checker);
        await engine.Store.Suppressions.Put(
            null, new SuppressionEntry("gone@example.net", SuppressionReason.Bounce, engine.Time.GetUtcNow()), default);
        var bad = await CheckedIntake.Accepted(intake, "a", "EICAR", "r@gmail.com", "q@example.org", "gone@example.net");
        await CheckedIntake.Accepted(intake, "a", "fine", "r@gmail.com");
        await engine.UntilNothingIsOpen(Step, "a");
        await engine.Crash();

        var tenant = (await engine.Tenants.Get("a").Describe(default))!;
        Assert.Equal(
            (4, 2, 1, 1, 0),
            (tenant.Books.Accepted, tenant.Books.Rejected, tenant.Books.Suppressed, tenant.Books.Delivered, tenant.Books.Open));
        Assert.Equal((2, 1, 0), (tenant.LastDay.Rejected, tenant.LastDay.Resolved, tenant.LastDay.HardBounces));
        Assert.Equal(4, tenant.AcceptedToday);
        Assert.Equal(["r@gmail.com"], engine.Transport.Starts.Select(s => s.Recipient));
        var (ledger, events) = await CheckedIntake.Replay(engine, "a");
        Assert.All(events.Where(e => e.Kind == TenantEventKind.Rejected), e => Assert.Equal((bad, "Bad content"), (e.MessageId, e.Diagnostic)));
        Assert.Equal(
            ["q@example.org", "r@gmail.com"], events.Where(e => e.Kind == TenantEventKind.Rejected).Select(e => e.Recipient).Order());
        var stored = (await engine.Store.Tenants.Load("a", default))!;
        var loaded = TenantLedger.Read(stored.Snapshot.AppliedSequence, stored.Snapshot.State.Span, stored.Snapshot.Counters.Span);
        foreach (var e in stored.Tail) loaded.Apply(TenantEvent.FromPayload(e.Sequence, e.At, e.Kind, e.Payload.Span));
        Assert.Equal(ledger.WriteState(), loaded.WriteState());
        Assert.Equal(ledger.WriteCounters(), loaded.WriteCounters());
    }

    [Fact]
    public async Task A_rejected_message_is_told_of_once_however_many_recipients_it_has()
    {
        await using var rspamd = await FakeRspamd.Start();
        rspamd.Says("reject", 20);
        await using var engine = await EngineUnderTest.Start();
        await CheckedIntake.Allow(engine, "a");
        var destinations = new EventDestinationResources(
            engine.Store.Resources, new Arns("us-east-1", "000000000000"), engine.Destinations, engine.Time);
        Assert.Equal(EventDestinationChange.Done, await destinations.Create(
            null,
            new EventDestination
            {
                Name = "hook", Enabled = true, MatchingEventTypes = [SesEventType.Reject], CreatedAt = engine.Time.GetUtcNow(),
                Target = new WebhookTarget(new Uri("https://hooks.example/in"), ["whsec_x"]),
            }, default));
        using var checker = CheckedIntake.Checker(new ContentCheckOptions { Url = rspamd.Url }, engine.Time);
        var intake = CheckedIntake.Of(engine, checker);
        for (var i = 0; i < 2; i++) await CheckedIntake.Accepted(intake, "a", "EICAR", "r@gmail.com", "q@example.org", "p@example.org");

        var told = await engine.Store.Notices.Read(await engine.KeyOf("a"), 0, 100, default);
        Assert.Equal(2, told.Count(n => n.Kind == (int)TenantEventKind.Rejected));
        Assert.Equal(6, (await CheckedIntake.Replay(engine, "a")).Events.Count(e => e.Kind == TenantEventKind.Rejected));
    }

    [Fact]
    public async Task A_checker_that_fails_is_left_alone_and_one_message_tries_it_after_the_rest()
    {
        await using var rspamd = await FakeRspamd.Start();
        rspamd.Answer = (_, context) => Fail(context);
        var time = new HostileTimeProvider();
        using var checker = CheckedIntake.Checker(new ContentCheckOptions { Url = rspamd.Url, RestAfter = 3 }, time);
        for (var i = 0; i < 3; i++) Assert.Equal(ContentCheckResult.Failed, (await Check(checker)).Result);
        for (var i = 0; i < 50; i++) Assert.Equal(ContentCheckResult.Resting, (await Check(checker)).Result);
        Assert.Equal(3, rspamd.Seen.Count);

        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(ContentCheckResult.Failed, (await Check(checker)).Result);
        Assert.Equal(ContentCheckResult.Resting, (await Check(checker)).Result);
        Assert.Equal(4, rspamd.Seen.Count);
        time.Advance(TimeSpan.FromSeconds(31));
        rspamd.Says("no action");
        for (var i = 0; i < 5; i++) Assert.Equal(ContentCheckResult.Passed, (await Check(checker)).Result);
        // What failed before counts no more: three in a row are needed again.
        rspamd.Answer = (_, context) => Fail(context);
        for (var i = 0; i < 3; i++) Assert.Equal(ContentCheckResult.Failed, (await Check(checker)).Result);
        Assert.Equal(ContentCheckResult.Resting, (await Check(checker)).Result);

        static Task Fail(HttpContext context)
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        }
    }

    [Theory]
    [InlineData(UncheckedMail.Refuse)]
    [InlineData(UncheckedMail.Accept)]
    public async Task Mail_that_cannot_be_checked_leaves_or_is_told_to_come_back_as_configured(UncheckedMail onFailure)
    {
        await using var rspamd = await FakeRspamd.Start();
        rspamd.Answer = (_, context) => FakeRspamd.Say(context, "no verdict");
        await using var engine = await EngineUnderTest.Start();
        await CheckedIntake.Allow(engine, "a");
        using var checker = CheckedIntake.Checker(new ContentCheckOptions { Url = rspamd.Url, OnFailure = onFailure, RestAfter = 2 }, engine.Time);
        var intake = CheckedIntake.Of(engine, checker);
        for (var i = 0; i < 4; i++)
        {
            var reply = await CheckedIntake.Send(intake, "a", "x", "r@example.net");
            Assert.Equal(onFailure == UncheckedMail.Refuse ? SendRefusal.Unavailable : SendRefusal.None, reply.Refusal);
        }

        Assert.Equal(2, rspamd.Seen.Count);
        Assert.Equal(onFailure == UncheckedMail.Refuse ? 0 : 4, (await engine.Books("a")).Accepted);
    }

    [Fact]
    public async Task A_checker_that_does_not_answer_costs_its_timeout_and_those_behind_it_no_more()
    {
        await using var rspamd = await FakeRspamd.Start();
        var asked = new SemaphoreSlim(0);
        rspamd.Answer = async (_, context) =>
        {
            asked.Release();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var time = new HostileTimeProvider();
        using var checker = CheckedIntake.Checker(new ContentCheckOptions { Url = rspamd.Url, Parallel = 1 }, time);
        var first = Check(checker);
        await asked.WaitAsync();
        var behind = Enumerable.Range(0, 8).Select(_ => Check(checker)).ToList();
        Assert.Equal(ContentCheckResult.Busy, (await Check(checker)).Result);
        time.Advance(TimeSpan.FromSeconds(5.5));
        Assert.Equal(ContentCheckResult.Failed, (await first).Result);
        // Their time ran while they waited; one of them may have come to ask just then.
        foreach (var check in behind) Assert.True((await check).IsUnchecked);
    }

    [Fact]
    public async Task A_sender_that_went_away_is_no_failure_of_the_checker()
    {
        await using var rspamd = await FakeRspamd.Start();
        var asked = new SemaphoreSlim(0);
        rspamd.Answer = async (_, context) =>
        {
            asked.Release();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var checker = CheckedIntake.Checker(new ContentCheckOptions { Url = rspamd.Url, RestAfter = 1 }, new HostileTimeProvider());
        using var gone = new CancellationTokenSource();
        var check = checker.Check(Letter(), new byte[100], gone.Token).AsTask();
        await asked.WaitAsync();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => check);
        rspamd.Says("no action");
        Assert.Equal(ContentCheckResult.Passed, (await Check(checker)).Result);
    }

    [Fact]
    public async Task Neither_redirects_are_followed_nor_answers_read_that_have_no_end()
    {
        await using var rspamd = await FakeRspamd.Start();
        using var checker = CheckedIntake.Checker(new ContentCheckOptions { Url = rspamd.Url, RestAfter = 100 }, new HostileTimeProvider());
        rspamd.Answer = (_, context) =>
        {
            context.Response.Redirect(rspamd.Url + "/elsewhere");
            return Task.CompletedTask;
        };
        Assert.Equal(ContentCheckResult.Failed, (await Check(checker)).Result);
        Assert.Single(rspamd.Seen);
        rspamd.Answer = (_, context) => FakeRspamd.Say(context, $$"""{"action":"no action","score":0,"rest":"{{new string('x', 300_000)}}"}""");
        Assert.Equal(ContentCheckResult.Failed, (await Check(checker)).Result);
    }

    [Fact]
    public async Task Mail_of_a_paused_tenant_is_refused_and_shown_to_nobody_and_larger_mail_is_not_shown_either()
    {
        await using var rspamd = await FakeRspamd.Start();
        await using var engine = await EngineUnderTest.Start();
        await CheckedIntake.Allow(engine, "a");
        using var checker = CheckedIntake.Checker(new ContentCheckOptions { Url = rspamd.Url, MaxBytes = 1_024 }, engine.Time);
        var intake = CheckedIntake.Of(engine, checker);
        await CheckedIntake.Accepted(intake, "a", new string('x', 2_000), "r@example.net");
        await engine.Tenants.Get("a").SetStatus(
            new SetStatus(Core.Suspension.StatusOrigin.PlatformManaged, Core.Suspension.SendingStatus.Disabled, "x"), default);
        Assert.Equal(SendRefusal.MessageRejected, (await CheckedIntake.Send(intake, "a", "x", "r@example.net")).Refusal);
        Assert.Empty(rspamd.Seen);
    }

    [Fact]
    public void A_share_of_the_messages_is_taken_by_chance()
    {
        var random = new Random(7);
        using var checker = CheckedIntake.Checker(
            new ContentCheckOptions { Url = "http://127.0.0.1:1", SampleRate = 0.25 }, new HostileTimeProvider(), random.NextDouble);
        var taken = Enumerable.Range(0, 4_000).Count(_ => checker.Takes(Core.Messages.ContentCoverage.Sample));
        Assert.InRange(taken, 900, 1_100);
        Assert.True(checker.Takes(Core.Messages.ContentCoverage.Always));
        Assert.False(checker.Takes(Core.Messages.ContentCoverage.Never));
    }

    private static Task<ContentVerdict> Check(ContentChecker checker) => checker.Check(Letter(), new byte[100], default).AsTask();

    private static Core.Messages.Envelope Letter() => new()
    {
        MessageId = "m", TenantName = "a", Sender = "s@example.com", FromAddress = "s@example.com", IdentityArn = "arn",
        Destination = ["ü@example.net"], AcceptedAt = DateTimeOffset.UnixEpoch, SizeBytes = 100,
    };
}
