using Silo.Core.Delivery;
using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Server.Delivery;
using Silo.Server.Feedback;
using Silo.Server.Intake;
using Silo.Server.Tenants;
using Silo.Testing.Engine;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Orleans.Tests.Ownership;

/// <summary>From what is told of a recipient at one silo to the next send at another.</summary>
public class SuppressionTests
{
    [PostgresFact]
    public async Task An_address_that_bounced_gets_nothing_more_whichever_way_a_send_comes_in()
    {
        await using var silos = await SilosUnderTest.OnPostgres(2);
        await silos.Create("a");
        await LetSend(silos.First, "a");
        var owner = Assert.Single(silos.HostsOf("a"));
        var other = silos.Silos.Single(s => s != owner);
        owner.Transport.Answer = h => new(h.Recipient == "gone@example.net" ? ScriptedTransport.HardBounce : ScriptedTransport.Delivered);
        var first = await Send(other.Service<IMessageIntake>(), "a", "gone@example.net", "r@example.net");
        await silos.Until(
            async () => (await other.Store.Suppressions.Get(null, "gone@example.net", default))?.MessageId == first, "the bounce is stored");

        IMessageIntake[] ways = [owner.Service<IMessageIntake>(), other.Service<IMessageIntake>(), silos.OutsideIntake];
        foreach (var way in ways) await Send(way, "a", "GONE@example.NET", "r@example.net");
        await silos.UntilNothingIsOpen("a");
        var books = (await silos.Describe("a"))!.Books;
        Assert.Equal((8, 3, 4, 1), (books.Accepted, books.Suppressed, books.Delivered, books.Bounced));
        Assert.Equal(5, owner.Transport.Starts.Count);

        // With a list of its own, which begins empty, it is tried once more.
        await silos.Outside.Get("a").SetSuppression(new TenantSuppression("TENANT", ["BOUNCE", "COMPLAINT"]), default);
        await Send(other.Service<IMessageIntake>(), "a", "gone@example.net");
        await silos.Until(
            async () => await other.Store.Suppressions.Get("a", "gone@example.net", default) is not null, "that bounce is stored too");
        foreach (var way in ways) await Send(way, "a", "gone@example.net");
        Assert.Equal((6, 2), ((await silos.Describe("a"))!.Books.Suppressed, (await silos.Describe("a"))!.Books.Bounced));
        Assert.Equal(6, owner.Transport.Starts.Count);
    }

    [PostgresFact]
    public async Task Feedback_that_every_silo_is_told_counts_once_with_the_owner_and_not_again_after_its_death()
    {
        await using var silos = await SilosUnderTest.OnPostgres(3);
        await silos.Create("a");
        var id = await silos.Send("a");
        await silos.UntilNothingIsOpen("a");
        var owner = Assert.Single(silos.HostsOf("a"));
        var told = new DeliveryFeedback("a", id, "r@example.org", TimeProvider.System.GetUtcNow(), FeedbackKind.HardBounce)
        {
            Previous = UnitState.Delivered, BounceSubType = BounceSubType.NoEmail, Diagnostic = "550 5.1.1 no such user",
        };
        await TellAll();
        await silos.Outside.Get("a").Report([told], default);
        await AssertCounted();

        await silos.Kill(owner);
        await TellAll();
        await AssertCounted();
        Assert.Equal(id, (await silos.First.Store.Suppressions.Get(null, "r@example.org", default))!.MessageId);

        async Task TellAll()
        {
            foreach (var silo in silos.Silos)
            {
                await silos.Until(
                    () => silo.Service<FeedbackIntake>().Store(FeedbackSource.Api, [told], default).AsTask(), "the feedback is stored");
            }
        }

        async Task AssertCounted()
        {
            var tenant = (await silos.Describe("a"))!;
            Assert.Equal((1, 0, 1), (tenant.Books.Accepted, tenant.Books.Delivered, tenant.Books.Bounced));
            Assert.Equal(1, tenant.LastDay.HardBounces);
        }
    }

    /// <summary>Lets the tenant send from example.com.</summary>
    private static async Task LetSend(SiloUnderTest silo, string tenant)
    {
        var (resources, arns, now) = (silo.Service<AccountResources>(), silo.Service<Arns>(), TimeProvider.System.GetUtcNow());
        await resources.Create(
            new EmailIdentity
            {
                Name = "example.com", CreatedAt = now, VerificationStatus = "SUCCESS",
                Dkim = new DkimSettings { SigningEnabled = false, Status = "NOT_STARTED", Origin = "AWS_SES" },
            }, [], default);
        await resources.Create(new ConfigurationSet { Name = "plain", CreatedAt = now }, [], default);
        foreach (var arn in new[] { arns.ConfigurationSet("plain"), arns.Identity("example.com") })
            Assert.Equal(AssociationReply.Done, await silo.Tenants.Get(tenant).Associate(arn, default));
    }

    private static async Task<string> Send(IMessageIntake intake, string tenant, params string[] recipients)
    {
        var reply = await intake.Send(
            new SendRequest
            {
                TenantName = tenant, From = "s@example.com", To = recipients, ConfigurationSetName = "plain",
                Content = new SimpleContent(new SendText("s", null), new SendText("t", null), null, [], []),
            },
            default);
        Assert.True(reply.Refusal == SendRefusal.None, $"{reply.Refusal}: {reply.Message}");
        return reply.MessageId!;
    }
}
