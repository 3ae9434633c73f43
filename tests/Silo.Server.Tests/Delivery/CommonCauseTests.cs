using Silo.Core.Delivery;
using Silo.Core.Reputation;
using Silo.Server.Egress;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Delivery;

/// <summary>What one provider does to several tenants at once is nobody's fault among them.</summary>
public sealed class CommonCauseTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);
    private static readonly string[] Known = ["a", "b", "c"];
    private static readonly DeliveryResult Bounce =
        ReplyRules.Shipped.Judge(DeliveryStage.Recipient, new SmtpReply(550, "5.1.1", "No such user"), "Gmail");

    [Fact]
    public async Task A_provider_that_bounces_everybodys_mail_pauses_nobody_it_knows_and_is_a_finding_of_the_pool()
    {
        await using var engine = await Start();
        // All of them send when it begins: what one bounces before anybody else is its own.
        var begin = new TaskCompletionSource();
        engine.Transport.Answer = async _ =>
        {
            await begin.Task;
            return Bounce;
        };
        foreach (var tenant in (string[])[.. Known, "new"]) await engine.SendMany(tenant, 330, _ => "r@gmail.com");
        begin.SetResult();
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(100), Known);
        foreach (var tenant in Known)
        {
            var described = (await engine.Tenants.Get(tenant).Describe(default))!;
            Assert.True(described.Standing.MaySend, tenant);
            Assert.Empty(described.Findings);
            Assert.Equal(330, described.Books.Bounced);
        }

        // It has no record that speaks for it.
        await engine.Until(
            async () => !(await engine.Tenants.Get("new").Describe(default))!.Standing.MaySend, "the tenant without a record is paused", Step);
        var found = Assert.Single(engine.Dispatcher.Findings.Of(SendingPool.Shared));
        Assert.Equal(("Gmail", RouteFindingType.Bounces), (found.Provider, found.Finding.Type));
        // Two are enough as long as no third one sends.
        Assert.InRange(found.Finding.TenantCount, 2, 3);
        Assert.Subset(Known.ToHashSet(), found.Finding.Tenants.ToHashSet());
        Assert.Equal("550 5.1.1 No such user", found.Finding.LastReply);
        Assert.Null(found.Finding.ClosedAt);

        engine.Time.Advance(RouteWatch.Quiet);
        await engine.Until(
            () =>
            {
                engine.Dispatcher.Follow(new EgressPlan(1, [], []));
                return engine.Dispatcher.Findings.Of(SendingPool.Shared).Single().Finding.ClosedAt is not null;
            },
            "the finding is closed", Step);
    }

    [Fact]
    public async Task A_tenant_whose_mail_alone_bounces_is_paused_as_ever()
    {
        await using var engine = await Start();
        await engine.SendMany("a", 330, _ => "r@gmail.com");
        await engine.Until(async () => !(await engine.Tenants.Get("a").Describe(default))!.Standing.MaySend, "it is paused", Step);
        Assert.Empty(engine.Dispatcher.Findings.Of(SendingPool.Shared));
    }

    [Fact]
    public async Task Bounces_of_domains_that_are_nobodys_are_their_senders_own()
    {
        await using var engine = await Start("r@example.org");
        foreach (var tenant in Known) await engine.SendMany(tenant, 330, _ => "r@example.org");
        foreach (var tenant in Known)
            await engine.Until(async () => !(await engine.Tenants.Get(tenant).Describe(default))!.Standing.MaySend, "it is paused", Step);
        Assert.Empty(engine.Dispatcher.Findings.Of(SendingPool.Shared));
    }

    private static async Task<EngineUnderTest> Start(string recipient = "r@gmail.com")
    {
        var engine = await EngineUnderTest.Start(e => (e.Delivery.InFlight, e.Delivery.InFlightPerTenant) = (32, 8));
        foreach (var tenant in (string[])[.. Known, "new"]) await engine.Create(tenant);
        foreach (var tenant in Known) await engine.SendMany(tenant, 60, _ => recipient);
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(100), Known);
        engine.Time.Advance(TimeSpan.FromMinutes(15));
        engine.Transport.Answer = handOver => new(handOver.Recipient == recipient ? Bounce : ScriptedTransport.Delivered);
        return engine;
    }
}
