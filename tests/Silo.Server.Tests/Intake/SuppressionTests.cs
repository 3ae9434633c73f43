using System.Security.Cryptography;
using Silo.Core.Delivery;
using Silo.Core.Suppression;
using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Server.Delivery;
using Silo.Server.Intake;
using Silo.Server.Tests.Delivery;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Intake;

/// <summary>From a bounce to the next send: who is put on which list, and gets nothing from then on.</summary>
public sealed class SuppressionTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);
    private static readonly Arns Names = new("us-east-1", "000000000000");

    [Fact]
    public async Task An_address_that_bounced_gets_nothing_more_and_that_counts_in_no_rate()
    {
        await using var engine = await Start();
        var intake = await Intake(engine, "a", "b");
        engine.Transport.Answer = h => new(h.Recipient == "gone@example.net" ? ScriptedTransport.HardBounce : ScriptedTransport.Delivered);
        var first = await Send(intake, "a", "gone@example.net", "r@example.net");
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(first, (await engine.Store.Suppressions.Get(null, "gone@example.net", default))!.MessageId);
        Assert.Null(await engine.Store.Suppressions.Get(null, "r@example.net", default));

        // For all tenants that have no list of their own.
        var second = await Send(intake, "b", "GONE@example.NET", "r@example.net");
        await engine.UntilNothingIsOpen(Step, "b");
        Assert.Equal(["gone@example.net", "r@example.net", "r@example.net"], engine.Transport.Starts.Select(s => s.Recipient).Order());
        var described = (await engine.Tenants.Get("b").Describe(default))!;
        Assert.Equal((2, 1, 1, 0), (described.Books.Accepted, described.Books.Suppressed, described.Books.Delivered, described.Books.Bounced));
        Assert.Equal((1, 0), (described.LastDay.Resolved, described.LastDay.HardBounces));
        var suppressed = Assert.Single(await Events(engine, "b"), e => e.Kind == TenantEventKind.Suppressed);
        Assert.Equal(
            (second, "GONE@example.net", BounceSubType.OnAccountSuppressionList, SuppressionReason.Bounce),
            (suppressed.MessageId, suppressed.Recipient, suppressed.Bounce, suppressed.ListedFor));
    }

    [Fact]
    public async Task With_its_own_scope_a_tenants_bounces_and_complaints_are_its_own_and_survive_a_crash()
    {
        await using var engine = await Start();
        var intake = await Intake(engine, "a", "b");
        await engine.Tenants.Get("a").SetSuppression(new TenantSuppression("TENANT", ["BOUNCE", "COMPLAINT"]), default);
        engine.Transport.Answer = h => new(h.Recipient == "gone@example.net" ? ScriptedTransport.HardBounce : ScriptedTransport.Delivered);
        await Send(intake, "a", "gone@example.net");
        var id = await Send(intake, "a", "angry@example.net");
        await engine.UntilNothingIsOpen(Step, "a");
        await engine.Tenants.Get("a").Report(
            [new DeliveryFeedback("a", id, "angry@example.net", engine.Time.GetUtcNow(), FeedbackKind.Complaint)], default);
        await engine.Crash();

        intake = New(engine);
        await Send(intake, "a", "gone@example.net", "angry@example.net");
        await Send(intake, "b", "gone@example.net", "angry@example.net");
        await engine.UntilNothingIsOpen(Step, "a", "b");
        Assert.Equal(2, (await engine.Books("a")).Suppressed);
        Assert.Equal(0, (await engine.Books("b")).Suppressed);
        Assert.All(
            (await Events(engine, "a")).Where(e => e.Kind == TenantEventKind.Suppressed),
            e => Assert.Equal(BounceSubType.OnTenantSuppressionList, e.Bounce));
        // The other one has the account's list, which its bounce went to.
        Assert.NotNull(await engine.Store.Suppressions.Get(null, "gone@example.net", default));
        Assert.Null(await engine.Store.Suppressions.Get(null, "angry@example.net", default));
        Assert.Equal(
            SuppressionReason.Complaint, (await engine.Store.Suppressions.Get("a", "angry@example.net", default))!.Reason);
    }

    [Fact]
    public async Task A_configuration_set_without_reasons_neither_checks_nor_records()
    {
        await using var engine = await Start();
        var intake = await Intake(engine, "a");
        var resources = new AccountResources(engine.Store.Resources, Names, engine.Time);
        await resources.Create(
            new ConfigurationSet
            {
                Name = "bare", CreatedAt = engine.Time.GetUtcNow(), SuppressionOptions = new SuppressionOptions([], null, null),
            }, [], default);
        await Associate(engine, "a", Names.ConfigurationSet("bare"));
        engine.Transport.Answer = _ => new(ScriptedTransport.HardBounce);
        await engine.Store.Suppressions.Put(null, new SuppressionEntry("r@example.net", SuppressionReason.Bounce, engine.Time.GetUtcNow()), default);
        await Send(intake, "a", new SendRequest
        {
            TenantName = "a", From = "s@example.com", To = ["r@example.net", "other@example.net"], ConfigurationSetName = "bare",
            Content = new SimpleContent(new SendText("s", null), new SendText("t", null), null, [], []),
        });
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal((0, 2), ((await engine.Books("a")).Suppressed, engine.Transport.Starts.Count));
        Assert.Null(await engine.Store.Suppressions.Get(null, "other@example.net", default));
    }

    [Fact]
    public async Task A_message_to_listed_recipients_alone_is_accepted_and_nothing_of_it_leaves()
    {
        await using var engine = await Start();
        var intake = await Intake(engine, "a");
        await engine.Store.Suppressions.Put(null, new SuppressionEntry("r@example.net", SuppressionReason.Complaint, engine.Time.GetUtcNow()), default);
        Assert.NotNull(await Send(intake, "a", "r@example.net"));
        var books = await engine.Books("a");
        Assert.Equal((1, 1, 0), (books.Accepted, books.Suppressed, books.Open));
        Assert.Empty(engine.Transport.Starts);
    }

    private static Task<EngineUnderTest> Start() => EngineUnderTest.Start();

    private static MessageIntake New(EngineUnderTest engine) => new(
        engine.Store, engine.Tenants, new AccountResources(engine.Store.Resources, Names, engine.Time), Names, RandomNumberGenerator.Create(),
        engine.Time);

    /// <summary>Tenants that may send from example.com.</summary>
    private static async Task<MessageIntake> Intake(EngineUnderTest engine, params string[] tenants)
    {
        var resources = new AccountResources(engine.Store.Resources, Names, engine.Time);
        await resources.Create(
            new EmailIdentity
            {
                Name = "example.com", CreatedAt = engine.Time.GetUtcNow(), VerificationStatus = "SUCCESS",
                Dkim = new DkimSettings { SigningEnabled = false, Status = "NOT_STARTED", Origin = "AWS_SES" },
            }, [], default);
        await resources.Create(new ConfigurationSet { Name = "plain", CreatedAt = engine.Time.GetUtcNow() }, [], default);
        foreach (var tenant in tenants)
        {
            await engine.Create(tenant);
            await Associate(engine, tenant, Names.ConfigurationSet("plain"));
            await Associate(engine, tenant, Names.Identity("example.com"));
        }

        return New(engine);
    }

    private static async Task Associate(EngineUnderTest engine, string tenant, string arn) => Assert.Equal(
        Server.Tenants.AssociationReply.Done,
        await engine.Tenants.Get(tenant).Associate(arn, default));

    private static Task<string> Send(MessageIntake intake, string tenant, params string[] recipients) => Send(intake, tenant, new SendRequest
    {
        TenantName = tenant, From = "s@example.com", To = recipients, ConfigurationSetName = "plain",
        Content = new SimpleContent(new SendText("s", null), new SendText("t", null), null, [], []),
    });

    private static async Task<string> Send(MessageIntake intake, string tenant, SendRequest request)
    {
        var reply = await intake.Send(request, default);
        Assert.True(reply.Refusal == SendRefusal.None, $"{tenant}: {reply.Message}");
        return reply.MessageId!;
    }

    private static async Task<List<TenantEvent>> Events(EngineUnderTest engine, string tenant) =>
        (await engine.Replay(await engine.KeyOf(tenant), (await engine.Tenants.Get(tenant).Describe(default))!.CreatedAt)).Events;
}
