using Silo.Core.Delivery;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Xunit;

namespace Silo.Server.Tests.Tenants;

public sealed class ResumeTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task A_resume_up_to_an_age_sends_what_is_younger_and_expires_what_is_older()
    {
        await using var engine = await EngineUnderTest.Start(e => (e.TenantOptions.SendRate, e.TenantOptions.SendBurst) = (0.01, 1));
        var created = await engine.Create("a");
        await engine.SendMany("a", 10);
        engine.Time.Advance(TimeSpan.FromSeconds(60));
        await engine.SendMany("a", 5);
        await DispatcherTests.Pause(engine, "a", SendingStatus.Disabled);
        var begun = engine.Transport.Starts.Count;
        Assert.InRange(begun, 0, 1);
        await engine.Tenants.Get("a").SetLimits(new TenantLimits { SendRate = 1_000, SendBurst = 100 }, default);
        await Resume(engine, TimeSpan.FromSeconds(30));
        await engine.UntilNothingIsOpen(Step, "a");

        Assert.Equal(
            Enumerable.Range(11, 5).Select(n => $"a-{n:D6}"), engine.Transport.Starts.Skip(begun).Select(s => s.MessageId).Order(StringComparer.Ordinal));
        var books = await engine.Books("a");
        Assert.Equal((15, 5 + begun, 10 - begun), (books.Accepted, books.Delivered, books.Expired));
        var (_, events) = await engine.Replay(await engine.KeyOf("a"), created.CreatedAt);
        Assert.All(events.Where(e => e.Kind == TenantEventKind.Expired), e => Assert.Contains("older than was to be sent", e.Diagnostic, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_given_up_by_a_resume_stays_so_after_a_restart_and_after_a_resume_without_an_age()
    {
        await using var engine = await EngineUnderTest.Start();
        var created = await engine.Create("a");
        var hang = new TaskCompletionSource<DeliveryResult>();
        engine.Transport.Answer = _ => new(hang.Task);
        await engine.Send("a");
        await engine.Until(() => engine.Transport.Starts.Count == 1, "it is under way", Step);
        engine.Time.Advance(TimeSpan.FromSeconds(60));
        await Resume(engine, TimeSpan.FromSeconds(30));
        var from = engine.Time.GetUtcNow().AddSeconds(-30);
        await Resume(engine, null);

        // It had begun, so it may end; but it does not come back.
        hang.SetResult(new DeliveryResult { Kind = DeliveryResultKind.Deferred, Stage = DeliveryStage.Recipient });
        await engine.Until(async () => (await engine.Books("a")).Expired == 1, "it has expired", Step);
        await engine.Restart();
        await engine.Send("a");
        var (ledger, _) = await engine.Replay(await engine.KeyOf("a"), created.CreatedAt);
        Assert.Equal(from, ledger.AcceptedFrom);
        Assert.Equal(from, engine.Gates.Of(await engine.KeyOf("a")).Terms.AcceptedFrom);
    }

    private static async Task Resume(EngineUnderTest engine, TimeSpan? maxAge)
    {
        var command = new SetStatus(StatusOrigin.CustomerManaged, SendingStatus.Enabled, "test") { MaxAge = maxAge };
        Assert.Equal(SendingStatus.Enabled, (await engine.Tenants.Get("a").SetStatus(command, default)).Aggregate);
    }
}
