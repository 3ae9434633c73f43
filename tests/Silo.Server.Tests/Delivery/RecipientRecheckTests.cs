using Silo.Core.Contacts;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Pacing;
using Silo.Core.Suppression;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Tenants;
using Silo.Testing;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Delivery;

/// <summary>Mail that waited: who came on a list meanwhile gets nothing of it, as if it had been sent now.</summary>
public sealed class RecipientRecheckTests
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(SuppressionReason.Complaint)]
    [InlineData(SuppressionReason.Bounce)]
    public async Task Scheduled_mail_does_not_leave_to_who_came_on_the_suppression_list(SuppressionReason reason)
    {
        await using var engine = await Start();
        await Admit(engine, "listed@example.org", "other@example.org");
        await engine.Store.Suppressions.Put(null, new SuppressionEntry("Listed@example.org", reason, engine.Time.GetUtcNow()), default);
        await UntilDone(engine);
        Assert.Equal("other@example.org", Assert.Single(engine.Transport.Starts).Recipient);
        var books = await engine.Books("a");
        Assert.Equal((2, 1, 1), (books.Accepted, books.Suppressed, books.Delivered));
        var kept = Assert.Single(await Events(engine), e => e.Kind == TenantEventKind.Suppressed);
        Assert.Equal(
            ("listed@example.org", BounceSubType.OnAccountSuppressionList, reason, "a-1"), (kept.Recipient, kept.Bounce, kept.ListedFor, kept.MessageId));
        Assert.Equal(0, (await engine.Tenants.Get("a").Describe(default))!.LastDay.HardBounces);
    }

    [Fact]
    public async Task It_goes_by_the_tenants_settings_as_they_are_when_it_leaves()
    {
        await using var engine = await Start();
        await Admit(engine, "ours@example.org", "theirs@example.org");
        var at = engine.Time.GetUtcNow();
        await engine.Store.Suppressions.Put("a", new SuppressionEntry("ours@example.org", SuppressionReason.Complaint, at), default);
        await engine.Store.Suppressions.Put(null, new SuppressionEntry("theirs@example.org", SuppressionReason.Complaint, at), default);
        await engine.Tenants.Get("a").SetSuppression(new TenantSuppression("TENANT", ["COMPLAINT"]), default);
        await UntilDone(engine);
        Assert.Equal("theirs@example.org", Assert.Single(engine.Transport.Starts).Recipient);
        Assert.Equal(
            BounceSubType.OnTenantSuppressionList, Assert.Single(await Events(engine), e => e.Kind == TenantEventKind.Suppressed).Bounce);
    }

    [Theory]
    [InlineData(MailStream.Bulk, true)]
    [InlineData(MailStream.Urgent, false)]
    public async Task Bulk_mail_does_not_leave_to_who_has_opted_out_since(MailStream stream, bool isKept)
    {
        await using var engine = await Start();
        await Admit(engine, stream, e => e, "r@example.org");
        await engine.Store.OptOuts.Add("a", new OptOut("R@example.org", engine.Time.GetUtcNow(), null), default);
        await UntilDone(engine);
        Assert.Equal(isKept ? 0 : 1, engine.Transport.Starts.Count);
        var kept = (await Events(engine)).SingleOrDefault(e => e.Kind == TenantEventKind.Suppressed);
        Assert.Equal(isKept ? BounceSubType.UnsubscribedRecipient : null, kept?.Bounce);
    }

    [Fact]
    public async Task A_lists_mail_does_not_leave_to_who_has_left_the_list_or_its_topic()
    {
        await using var engine = await Start();
        await engine.Lists.Create("l", null, false, [new Topic("news", "News", SubscriptionStatus.OptIn, null)], null, [], default);
        var list = (await engine.Lists.Get("l", default))!;
        string[] all = ["left@example.org", "topic@example.org", "stays@example.org"];
        var now = engine.Time.GetUtcNow();
        foreach (var address in all) await engine.Store.Contacts.Add(list.Id, new Contact(address, now), default);
        await Admit(engine, MailStream.Normal, e => e with { ListId = list.Id, ListKey = "l", ListTopic = "news" }, all);
        await engine.Lists.ChangeContact(list, all[0], c => c! with { UnsubscribeAll = true }, default);
        await engine.Lists.ChangeContact(list, all[1], c => Subscriptions.Unsubscribe(c!, "news", now), default);
        await UntilDone(engine);
        Assert.Equal("stays@example.org", Assert.Single(engine.Transport.Starts).Recipient);
        Assert.All(
            (await Events(engine)).Where(e => e.Kind == TenantEventKind.Suppressed), e => Assert.Equal(BounceSubType.UnsubscribedRecipient, e.Bounce));
    }

    [Fact]
    public async Task What_was_said_on_a_list_that_was_made_anew_under_the_name_is_not_asked()
    {
        await using var engine = await Start();
        await engine.Lists.Create("l", null, false, [], null, [], default);
        var list = (await engine.Lists.Get("l", default))!;
        await Admit(engine, MailStream.Normal, e => e with { ListId = "another", ListKey = "l" }, "r@example.org");
        await engine.Store.Contacts.Add(list.Id, new Contact("r@example.org", engine.Time.GetUtcNow()) { UnsubscribeAll = true }, default);
        await UntilDone(engine);
        Assert.Single(engine.Transport.Starts);
    }

    [Fact]
    public async Task Mail_that_waited_for_a_retry_is_asked_about_and_mail_that_leaves_at_once_is_not()
    {
        await using var engine = await Start();
        engine.Transport.Answer = _ => new(new DeliveryResult { Kind = DeliveryResultKind.Deferred, Stage = DeliveryStage.Recipient });
        await engine.Send("a", "r@example.org");
        await engine.Until(async () => (await Events(engine)).Any(e => e.Kind == TenantEventKind.Deferred), "it is put off");
        Assert.Equal(0, engine.Store.Lists.Finds);
        await engine.Store.Suppressions.Put(
            null, new SuppressionEntry("r@example.org", SuppressionReason.Complaint, engine.Time.GetUtcNow()), default);
        engine.Transport.Answer = _ => new(ScriptedTransport.Delivered);
        engine.Time.Advance(RecipientRecheck.After);
        await UntilDone(engine);
        Assert.Empty(engine.Transport.DeliveredIds);
        Assert.Equal(1, (await engine.Books("a")).Suppressed);
    }

    [Fact]
    public async Task Nothing_leaves_unasked_while_the_store_cannot_be_asked()
    {
        await using var engine = await Start();
        engine.Store.Lists.FailsFind = () => true;
        await Admit(engine, "r@example.org", "q@example.org");
        await engine.Until(() => engine.Store.Lists.Finds > 4, "it was asked for several times", Step);
        Assert.Empty(engine.Transport.Starts);
        engine.Store.Lists.FailsFind = null;
        await UntilDone(engine);
        Assert.Equal(2, engine.Transport.Starts.Count);
        Assert.All(engine.Transport.Starts, s => Assert.Equal(1, s.Attempt));
    }

    private static async Task<EngineUnderTest> Start()
    {
        var engine = await EngineUnderTest.Start(null, new HostileTimeProvider(TimeProvider.System.GetUtcNow()));
        await engine.Create("a");
        return engine;
    }

    private static Task Admit(EngineUnderTest engine, params string[] recipients) => Admit(engine, MailStream.Normal, e => e, recipients);

    /// <summary>Accepts a message that is to leave in an hour.</summary>
    private static async Task Admit(EngineUnderTest engine, MailStream stream, Func<Envelope, Envelope> with, params string[] recipients)
    {
        var now = engine.Time.GetUtcNow();
        var envelope = with(new Envelope
        {
            MessageId = "a-1", TenantName = "a", Sender = "s@example.com", FromAddress = "s@example.com", IdentityArn = "arn",
            Destination = recipients, AcceptedAt = now, ScheduledFor = now.AddHours(1), SizeBytes = 64,
        });
        var message = new AdmitMessage(new SendScope([]), envelope, new byte[64], recipients, []) { Stream = stream };
        Assert.Null((await engine.Tenants.Get("a").Admit(message, default)).Refusal);
    }

    private static Task UntilDone(EngineUnderTest engine) => engine.UntilNothingIsOpen(Step, "a");

    private static async Task<List<TenantEvent>> Events(EngineUnderTest engine) =>
        (await engine.Replay(await engine.KeyOf("a"), (await engine.Tenants.Get("a").Describe(default))!.CreatedAt)).Events;
}
