using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Reputation;
using Silo.Core.Suppression;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Server.Delivery;
using Silo.Server.Events;
using Silo.Server.Intake;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Silo.Storage;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Events;

/// <summary>From a send to the notices of it that are stored: of what somebody wants to be told, and of nothing else.</summary>
public sealed class NoticeTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);
    private static readonly Arns Names = new("us-east-1", "000000000000");

    [Fact]
    public async Task Nothing_is_kept_when_nobody_wants_to_be_told()
    {
        await using var scene = await Scene.Start();
        await scene.Put("bystander", "off", SesEventType.Send, enabled: false);
        await scene.Put("bystander", "other", SesEventType.Click);
        var bounced = new TaskCompletionSource();
        scene.Engine.Transport.Answer = async _ =>
        {
            await bounced.Task;
            return ScriptedTransport.HardBounce;
        };
        await scene.Send("cs", "gone@example.net");
        await scene.SetStatus(SendingStatus.Enabled);

        Assert.Empty(await scene.Stored());
        await scene.Put(null, "late", SesEventType.Bounce);
        bounced.SetResult();
        await scene.Bounced();
        // Its message was accepted when nobody wanted to know of it.
        Assert.Null(Assert.Single(await scene.Stored()).Facts);
    }

    [Fact]
    public async Task A_set_is_told_of_what_it_asks_for_and_no_other_set_is()
    {
        await using var scene = await Scene.Start();
        await scene.Put("cs", "hook", SesEventType.Bounce);
        await scene.Put("other", "hook", SesEventType.Send, SesEventType.Delivery);
        var id = await scene.Send("cs", "r@example.net", "gone@example.net");
        await scene.Send("plain", "gone@example.org");
        await scene.Bounced(2);

        var notice = Assert.Single(await scene.Stored());
        Assert.Equal(((int)TenantEventKind.HardBounced, "cs"), (notice.Kind, notice.ConfigurationSetName));
        var mail = JsonNode.Parse(notice.Facts!.Value.Span)!;
        Assert.Equal(id, mail["messageId"]!.GetValue<string>());
        Assert.Equal(["r@example.net", "gone@example.net"], mail["destination"]!.AsArray().Select(d => d!.GetValue<string>()));
        Assert.Equal(
            ["From", "To", "Subject", "MIME-Version"],
            mail["headers"]!.AsArray().Select(h => h!["name"]!.GetValue<string>()).Where(n => n is "From" or "To" or "Bcc" or "Subject" or "MIME-Version" or "Date" or "Message-ID"));
        Assert.NotNull(scene.Render(notice, "cs", "hook"));
        Assert.Null(scene.Render(notice, "other", "hook"));
    }

    [Fact]
    public async Task What_is_told_later_is_of_the_set_of_its_message()
    {
        await using var scene = await Scene.Start();
        await scene.Put("cs", "hook", SesEventType.Complaint);
        await scene.Put("other", "hook", SesEventType.Complaint);
        var id = await scene.Send("cs", "angry@example.net");
        await scene.Engine.UntilNothingIsOpen(Step, "a");
        Assert.Empty(await scene.Stored());
        await scene.Engine.Tenants.Get("a").Report(
            [new DeliveryFeedback("a", id, "angry@example.net", scene.Engine.Time.GetUtcNow(), FeedbackKind.Complaint)], default);

        var notice = Assert.Single(await scene.Stored());
        Assert.Equal("cs", notice.ConfigurationSetName);
        Assert.NotNull(scene.Render(notice, "cs", "hook"));
        Assert.Null(scene.Render(notice, "other", "hook"));
    }

    [Fact]
    public async Task Default_destinations_are_told_of_all_mail_and_of_the_tenant_itself()
    {
        await using var scene = await Scene.Start();
        await scene.Put(null, "all", SesEventType.Send, SesEventType.Delivery, SesEventType.Bounce);
        await scene.Send("cs", "r@example.net", "gone@example.net");
        await scene.Send("plain", "r@example.net");
        await scene.Bounced();
        await scene.Engine.UntilNothingIsOpen(Step, "a");
        await scene.SetStatus(SendingStatus.Disabled);

        Assert.Equal(
            ["Bounce", "Delivery", "Delivery", "Send", "Send", "Sending Status Disabled"],
            (await scene.Stored()).Select(n => scene.Render(n, null, "all")!.Type).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_recipient_on_a_list_is_told_of_though_no_message_is_stored()
    {
        await using var scene = await Scene.Start();
        await scene.Put("cs", "hook", SesEventType.Bounce, SesEventType.Complaint);
        await scene.Engine.Store.Suppressions.Put(
            null, new SuppressionEntry("listed@example.net", SuppressionReason.Bounce, scene.Engine.Time.GetUtcNow()), default);
        await scene.Engine.Store.Suppressions.Put(
            null, new SuppressionEntry("angry@example.net", SuppressionReason.Complaint, scene.Engine.Time.GetUtcNow()), default);
        await scene.Send("cs", "listed@example.net", "angry@example.net");

        var notices = await scene.Stored();
        Assert.Equal(["Bounce", "Complaint"], notices.Select(n => scene.Render(n, "cs", "hook")!.Type));
        Assert.All(notices, n => Assert.NotNull(n.Facts));
    }

    [Fact]
    public async Task A_template_that_cannot_be_filled_in_is_an_event_for_who_asked_for_it_and_else_an_answer()
    {
        await using var scene = await Scene.Start();
        var refused = await scene.TrySend("cs", Scene.Template);
        Assert.Equal((SendRefusal.BadRequest, null), (refused.Refusal, refused.MessageId));
        await scene.Put("cs", "hook", SesEventType.RenderingFailure);

        var accepted = await scene.TrySend("cs", Scene.Template);

        Assert.Equal(SendRefusal.None, accepted.Refusal);
        var record = JsonNode.Parse(scene.Render(Assert.Single(await scene.Stored()), "cs", "hook")!.Record.Span)!;
        Assert.Equal("Rendering Failure", record["eventType"]!.GetValue<string>());
        Assert.Equal(accepted.MessageId, record["mail"]!["messageId"]!.GetValue<string>());
        Assert.Contains("name", record["failure"]!["errorMessage"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(new TenantBooks(), await scene.Engine.Books("a"));
        // What else may be wrong with a template is the caller's to know.
        Assert.Equal(SendRefusal.BadRequest, (await scene.TrySend("cs", Scene.Template with { TemplateData = "[]" })).Refusal);
        await scene.Put("unassociated", "hook", SesEventType.RenderingFailure);
        Assert.Equal(SendRefusal.AccessDenied, (await scene.TrySend("unassociated", Scene.Template)).Refusal);
    }

    [Fact]
    public async Task A_destination_that_is_made_again_is_another_and_one_that_is_given_up_says_why()
    {
        await using var scene = await Scene.Start();
        await scene.Put("cs", "hook", SesEventType.Bounce);
        var first = Assert.Single(scene.Watch.Of("cs"));
        Assert.True(await scene.Resources.Disable(first, "Nobody answers.", default));
        Assert.False(await scene.Resources.Disable(first, "Again.", default));
        Assert.True(scene.Watch.IsEmpty);
        Assert.Equal("Nobody answers.", (await scene.Resources.Get("cs", "hook", default))!.DisabledReason);
        scene.Engine.Time.Advance(TimeSpan.FromSeconds(1));
        await scene.Resources.Delete("cs", "hook", default);
        await scene.Put("cs", "hook", SesEventType.Bounce);

        Assert.NotEqual(first.Id, Assert.Single(scene.Watch.Of("cs")).Id);
        Assert.False(await scene.Resources.Disable(first, "The one before.", default));
        await scene.Resources.DeleteAll("cs", default);
        Assert.Empty(await scene.Resources.List("cs", default));
        Assert.True(scene.Watch.IsEmpty);
    }

    [Theory]
    [InlineData("cs", "arn:aws:ses:us-east-1:000000000000:configuration-set/cs", "cs/hook")]
    [InlineData(null, "arn:aws:ses:us-east-1:000000000000:account", "hook (default)")]
    public async Task A_destination_that_is_given_up_is_a_finding_until_somebody_sees_to_it(string? set, string resource, string shown)
    {
        await using var scene = await Scene.Start();
        if (await scene.Engine.Tenants.Get(TenantName.Account).Describe(default) is null) await scene.Engine.Create(TenantName.Account);
        await scene.Put(set, "hook", SesEventType.Bounce);
        await scene.Put(null, "all");
        var hook = Assert.Single(scene.Watch.All, d => d.Destination.Name == "hook");

        Assert.True(await scene.Resources.Disable(hook, "nobody answered for 24 hours", default));
        Assert.Equal(shown, Assert.Single(scene.Resources.GivenUp).ShownName);
        Assert.Equal(EventDestinationChange.Done, await scene.Resources.Put(set, hook.Destination, default));
        Assert.Empty(scene.Resources.GivenUp);
        Assert.True(await scene.Resources.Disable(Assert.Single(scene.Watch.All, d => d.Destination.Name == "hook"), "again", default));
        await scene.Resources.Delete(set, "hook", default);

        var told = (await scene.Stored(TenantName.Account)).Select(n => JsonNode.Parse(scene.Render(n, null, "all", TenantName.Account)!.Record.Span)!).ToList();
        Assert.Equal(["Open", "Resolved", "Open", "Resolved"], told.Select(t => t["detail-type"]!.GetValue<string>().Split(' ')[^1]));
        Assert.All(told, t => Assert.EndsWith(resource, t["resources"]![0]!.GetValue<string>(), StringComparison.Ordinal));
        Assert.Equal(
            ("EVENT_DESTINATION", "HIGH", $"The event destination {shown} was disabled, since nobody answered for 24 hours."),
            (told[0]["detail"]!["metadata"]!["type"]!.GetValue<string>(), told[0]["detail"]!["metadata"]!["impact"]!.GetValue<string>(),
                told[0]["detail"]!["data"]!.GetValue<string>()));
        // It says nothing of the account's mail.
        Assert.Empty((await scene.Engine.Tenants.Get(TenantName.Account).Describe(default))!.Findings);
    }

    [Fact]
    public async Task A_change_made_elsewhere_is_seen_at_the_next_look_and_what_cannot_be_read_is_left_to_a_newer_release()
    {
        await using var scene = await Scene.Start();
        using var elsewhere = new EventDestinationWatch();
        await elsewhere.Refresh(scene.Engine.Store.Resources, default);
        await scene.Put("cs", "hook", SesEventType.Bounce);
        Assert.False(elsewhere.WantsMail("cs"));
        await scene.Engine.Store.Resources.Create(
            new NewResource(
                ResourceKind.EventDestinations, "newer", "arn:newer",
                """{"Destinations":[{"Name":"x","Enabled":true,"CreatedAt":"2026-03-02T10:00:00Z","Target":{"Kind":"carrier-pigeon"}}]}"""u8.ToArray(),
                scene.Engine.Time.GetUtcNow(), [], 10), default);

        await elsewhere.Refresh(scene.Engine.Store.Resources, default);

        Assert.True(elsewhere.Wants("cs", SesEventType.Bounce));
        Assert.False(elsewhere.Wants("cs", SesEventType.Send));
        Assert.False(elsewhere.Wants("other", SesEventType.Bounce) || elsewhere.Wants(null, SesEventType.Bounce) || elsewhere.WantsMail("newer"));
        Assert.True(elsewhere.WantsAnywhere(SesEventType.Bounce));
        Assert.False(elsewhere.WantsTenants);
        await scene.Resources.Delete("cs", "hook", default);
        await elsewhere.Refresh(scene.Engine.Store.Resources, default);
        Assert.True(elsewhere.IsEmpty);
    }

    [Fact]
    public async Task A_set_that_was_made_again_between_two_looks_has_its_new_destinations_elsewhere_too()
    {
        await using var scene = await Scene.Start();
        using var elsewhere = new EventDestinationWatch();
        await scene.Put("cs", "hook", SesEventType.Bounce);
        await elsewhere.Refresh(scene.Engine.Store.Resources, default);
        await scene.Resources.DeleteAll("cs", default);
        scene.Engine.Time.Advance(TimeSpan.FromSeconds(1));
        await scene.Put("cs", "hook", SesEventType.Bounce);

        await elsewhere.Refresh(scene.Engine.Store.Resources, default);

        Assert.Equal(Assert.Single(scene.Watch.Of("cs")).Id, Assert.Single(elsewhere.Of("cs")).Id);
    }

    [Fact]
    public async Task What_is_wrong_with_an_identity_is_told_to_default_destinations_and_that_it_is_well_again()
    {
        await using var scene = await Scene.Start();
        await scene.Put(null, "all", SesEventType.Bounce);
        if (await scene.Engine.Tenants.Get(TenantName.Account).Describe(default) is null) await scene.Engine.Create(TenantName.Account);
        foreach (var kind in new[] { ExternalReportKind.IdentityFaulty, ExternalReportKind.IdentityMended })
        {
            var report = new ExternalReport { Source = "news.example", Kind = kind, Detail = "DKIM verification has failed" };
            Assert.True(await AccountNews.Tell(scene.Engine.Tenants, report, NullLogger.Instance, default));
        }

        var told = (await scene.Stored(TenantName.Account)).Select(n => JsonNode.Parse(scene.Render(n, null, "all", TenantName.Account)!.Record.Span)!).ToList();
        Assert.Equal(
            ["Advisor Recommendation Status Open", "Advisor Recommendation Status Resolved"], told.Select(t => t["detail-type"]!.GetValue<string>()));
        Assert.All(told, t => Assert.Equal("""["arn:aws:ses:us-east-1:000000000000:identity/news.example"]""", t["resources"]!.ToJsonString()));
        Assert.All(told, t => Assert.Equal("""{"version":"1.0.0","data":"DKIM verification has failed"}""", t["detail"]!.ToJsonString()));
        // Nothing of it is a finding about anybody's mail.
        Assert.Empty((await scene.Engine.Tenants.Get(TenantName.Account).Describe(default))!.Findings);
    }

    private sealed class Scene : IAsyncDisposable
    {
        public static readonly TemplateContent Template =
            new(null, null, new InlineTemplate("Hello {{name}}", "t", null), "{}", [], []);

        private readonly MessageIntake _intake;

        private Scene(EngineUnderTest engine)
        {
            Engine = engine;
            Resources = new EventDestinationResources(engine.Store.Resources, Names, engine.Destinations, engine.Time)
            {
                Tell = async (report, token) => await AccountNews.Tell(engine.Tenants, report, NullLogger.Instance, token),
            };
            _intake = new MessageIntake(
                engine.Store, engine.Tenants, new AccountResources(engine.Store.Resources, Names, engine.Time), Names,
                RandomNumberGenerator.Create(), engine.Time, engine.Destinations);
        }

        public EngineUnderTest Engine { get; }

        public EventDestinationResources Resources { get; }

        public EventDestinationWatch Watch => Engine.Destinations;

        public static async Task<Scene> Start()
        {
            var engine = await EngineUnderTest.Start();
            engine.Transport.Answer = h => new(
                h.Recipient.StartsWith("gone@", StringComparison.Ordinal) ? ScriptedTransport.HardBounce : ScriptedTransport.Delivered);
            var resources = new AccountResources(engine.Store.Resources, Names, engine.Time);
            await resources.Create(
                new EmailIdentity
                {
                    Name = "example.com", CreatedAt = engine.Time.GetUtcNow(), VerificationStatus = "SUCCESS",
                    Dkim = new DkimSettings { SigningEnabled = false, Status = "NOT_STARTED", Origin = "AWS_SES" },
                }, [], default);
            await engine.Create("a");
            foreach (var set in new[] { "cs", "other", "plain", "unassociated" })
            {
                await resources.Create(new ConfigurationSet { Name = set, CreatedAt = engine.Time.GetUtcNow() }, [], default);
                if (set != "unassociated") await engine.Tenants.Get("a").Associate(Names.ConfigurationSet(set), default);
            }

            await engine.Tenants.Get("a").Associate(Names.Identity("example.com"), default);
            return new Scene(engine);
        }

        public Task Put(string? set, string name, params SesEventType[] types) => Put(set, name, types, true);

        public Task Put(string? set, string name, SesEventType type, bool enabled) => Put(set, name, [type], enabled);

        public async Task<string> Send(string set, params string[] recipients)
        {
            var reply = await TrySend(set, new SimpleContent(new SendText("s", null), new SendText("t", null), null, [], []), recipients);
            Assert.True(reply.Refusal == SendRefusal.None, reply.Message);
            return reply.MessageId!;
        }

        public async Task<SendReply> TrySend(string set, SendContent content, params string[] recipients) => await _intake.Send(
            new SendRequest
            {
                TenantName = "a", From = "s@example.com", To = recipients.Length == 0 ? ["r@example.net"] : recipients,
                ConfigurationSetName = set, Content = content,
            }, default);

        public async Task Bounced(int units = 1)
        {
            await Engine.Until(async () => (await Engine.Books("a")).Bounced == units, "it bounced", Step);
            // The books are ahead of the disk; behind this nothing of it is.
            var ticket = Engine.Store.Spool.Enqueue(new SpoolWrite { TenantKey = await Engine.KeyOf("a") });
            await Engine.Store.Spool.WhenCommitted(ticket, default);
        }

        public async Task SetStatus(SendingStatus status) => Assert.True((await Engine.Tenants.Get("a").SetStatus(
            new SetStatus(StatusOrigin.CustomerManaged, status, "Status manually updated."), default)).Exists);

        public async Task<IReadOnlyList<StoredNotice>> Stored(string tenant = "a") =>
            await Engine.Store.Notices.Read(await Engine.KeyOf(tenant), 0, 1_000, default);

        public Notice? Render(StoredNotice notice, string? set, string name, string tenant = "a")
        {
            var destination = (set is null ? Watch.Defaults : Watch.Of(set)).Single(d => d.Destination.Name == name);
            return new NoticeRenderer(Names, null).Render(notice, tenant, "tn-a", destination);
        }

        public ValueTask DisposeAsync() => Engine.DisposeAsync();

        private async Task Put(string? set, string name, SesEventType[] types, bool enabled) => Assert.Equal(
            EventDestinationChange.Done,
            await Resources.Create(
                set,
                new EventDestination
                {
                    Name = name, Enabled = enabled, MatchingEventTypes = types, CreatedAt = Engine.Time.GetUtcNow(),
                    Target = new WebhookTarget(new Uri("https://hooks.example/in"), ["whsec_x"]),
                }, default));
    }
}
