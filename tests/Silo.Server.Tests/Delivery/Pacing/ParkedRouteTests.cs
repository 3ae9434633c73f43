using Silo.Core.Delivery;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Delivery.Pacing;

/// <summary>A provider that puts off everything, through the whole engine.</summary>
public sealed class ParkedRouteTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);
    private static readonly DeliveryResult PutOff = ReplyRules.Shipped.Judge(DeliveryStage.Recipient, new SmtpReply(451, null, "Local error"));
    private static readonly string[] Tenants = ["a", "b", "c"];

    [Fact]
    public async Task A_provider_that_puts_off_everything_is_tried_by_single_messages_and_what_waits_burns_no_attempt()
    {
        await using var engine = await EngineUnderTest.Start(e => (e.Delivery.InFlight, e.Delivery.InFlightPerTenant) = (30, 10));
        var works = false;
        var underWay = new int[2];
        engine.Transport.Answer = async handOver =>
        {
            if (!handOver.Recipient.EndsWith("@gmail.com", StringComparison.Ordinal) || Volatile.Read(ref works)) return ScriptedTransport.Delivered;
            underWay[1] = Math.Max(underWay[1], Interlocked.Increment(ref underWay[0]));
            await Task.Yield();
            Interlocked.Decrement(ref underWay[0]);
            return PutOff;
        };
        foreach (var tenant in Tenants) await engine.Create(tenant);
        foreach (var tenant in Tenants) await engine.SendMany(tenant, 100, _ => "r@gmail.com");
        await engine.Until(async () => (await Gmail(engine))?.ParkedUntil is not null, "the provider is parked", Step);
        await engine.Until(() => engine.Transport.UnderWay == 0 && engine.Dispatcher.FreeSlots == 30, "what was under way is over", Step);
        var tried = GmailStarts(engine);
        Assert.InRange(tried, DeferringProvider.Attempts, DeferringProvider.Attempts + 60);
        var parked = (await Gmail(engine))!;
        Assert.Equal("451 Local error", parked.ParkedReason);
        Assert.True(parked.IsClosed);

        // Others do not wait, and what waits says until when.
        await engine.SendMany("a", 20, _ => "r@example.org");
        await engine.Until(() => engine.Transport.DeliveredIds.Count == 20, "other mail has left", Step);
        underWay[1] = 0;
        var until = engine.Time.GetUtcNow() + TimeSpan.FromMinutes(10);
        await engine.Until(() => engine.Time.GetUtcNow() >= until, "ten minutes have passed", TimeSpan.FromSeconds(2));
        // 30 s, 1, 2, 4 and 8 minutes.
        Assert.InRange(GmailStarts(engine) - tried, 2, 6);
        Assert.Equal(1, underWay[1]);

        Volatile.Write(ref works, true);
        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(5), Tenants);
        Assert.Null((await Gmail(engine))?.ParkedUntil);
        Assert.Equal(320, engine.Transport.DeliveredIds.Count);
        var starts = engine.Transport.Starts.Where(s => s.Recipient == "r@gmail.com").GroupBy(s => s.MessageId).ToArray();
        Assert.True(starts.Count(s => s.Count() == 1) >= 300 - tried - 6);
    }

    [Fact]
    public async Task Domains_that_are_nobodys_are_no_provider_that_could_be_parked()
    {
        await using var engine = await EngineUnderTest.Start();
        foreach (var tenant in Tenants) await engine.Create(tenant);
        engine.Transport.Answer = handOver => new(handOver.Recipient == "r@busy.example" ? PutOff : ScriptedTransport.Delivered);
        foreach (var tenant in Tenants) await engine.SendMany(tenant, 30, _ => "r@busy.example");
        await engine.Until(() => engine.Transport.Starts.Count >= 90, "all were tried", Step);
        var before = engine.Time.GetUtcNow();
        foreach (var tenant in Tenants) await engine.SendMany(tenant, 5, _ => "r@example.org");
        await engine.Until(() => engine.Transport.DeliveredIds.Count == 15, "other domains' mail has left", TimeSpan.FromMilliseconds(10));
        Assert.True(engine.Time.GetUtcNow() - before < DeferringProvider.ShortestRest);
    }

    private static int GmailStarts(EngineUnderTest engine) => engine.Transport.Starts.Count(s => s.Recipient == "r@gmail.com");

    private static async Task<Silo.Server.Delivery.Pacing.BudgetReport?> Gmail(EngineUnderTest engine)
    {
        var report = await engine.Dispatcher.Report(await engine.KeyOf("a"), default);
        return report.Budgets.FirstOrDefault(b => b.Name.EndsWith("× Gmail", StringComparison.Ordinal));
    }
}
