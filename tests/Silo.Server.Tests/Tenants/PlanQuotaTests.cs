using Silo.Core.Messages;
using Silo.Core.Pacing;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Silo.Storage;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.Tenants;

public sealed class PlanQuotaTests
{
    // A month ends at the midnight that comes first.
    private readonly HostileTimeProvider _time = new(new DateTimeOffset(2026, 3, 31, 22, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Of_sends_at_once_exactly_as_many_recipients_are_accepted_as_the_quota_has_and_nothing_of_a_refused_one_is_stored()
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var random = new Random(seed);
            await using var engine = await EngineUnderTest.Start();
            await engine.Create("a");
            await SetLimits(engine, daily: 100);
            int[] sizes = [.. Enumerable.Range(0, 120).Select(_ => random.Next(1, 6))];
            var refusals = await Task.WhenAll(sizes.Select((size, i) => Task.Run(() => Admit(engine, $"m-{i}", size))));

            var accepted = sizes.Where((_, i) => refusals[i] is null).Sum();
            Assert.True(accepted is > 95 and <= 100, $"seed {seed}: {accepted}");
            Assert.All(refusals.Where(r => r is not null), r => Assert.Equal(AdmissionResult.OverQuota, r!.Result));
            // What did not fit is refused; what is smaller may fit yet.
            for (var left = 100 - accepted; left > 0; left--) Assert.Null(await Admit(engine, $"rest-{left}", 1));
            Assert.NotNull(await Admit(engine, "over", 1));
            await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(50), "a");
            Assert.Equal(100, (await engine.Books("a")).Accepted);
            Assert.Equal(100, engine.Transport.Starts.Count);
        }
    }

    [Fact]
    public async Task The_day_ends_at_midnight_and_the_month_with_its_last_day_in_UTC()
    {
        await using var engine = await EngineUnderTest.Start(time: _time);
        await engine.Create("a");
        await SetLimits(engine, daily: 10, monthly: 15);
        Assert.Null(await Admit(engine, "m-1", 10));
        Assert.Equal(new PlanRefusal(PlanPeriod.Day, 10, Utc(4, 1)), (await Admit(engine, "m-2", 1))!.Quota);
        Assert.Equal(new PlanRefusal(PlanPeriod.Month, 15, Utc(4, 1)), (await Admit(engine, "m-3", 6))!.Quota);

        _time.Advance(Utc(4, 1) - _time.GetUtcNow() - TimeSpan.FromTicks(1));
        Assert.NotNull(await Admit(engine, "m-4", 1));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Null(await Admit(engine, "m-5", 10));
        var described = (await engine.Tenants.Get("a").Describe(default))!;
        Assert.Equal((10, 10), (described.AcceptedToday, described.AcceptedThisMonth));

        _time.Advance(TimeSpan.FromDays(1));
        Assert.Null(await Admit(engine, "m-6", 5));
        Assert.Equal(new PlanRefusal(PlanPeriod.Month, 15, Utc(5, 1)), (await Admit(engine, "m-7", 1))!.Quota);
        _time.Advance(TimeSpan.FromDays(28));
        Assert.NotNull(await Admit(engine, "m-8", 1));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Null(await Admit(engine, "m-9", 10));
    }

    [Fact]
    public async Task A_clock_that_steps_back_over_midnight_gives_no_second_day()
    {
        await using var engine = await EngineUnderTest.Start(time: _time);
        await engine.Create("a");
        await SetLimits(engine, daily: 10);
        Assert.Null(await Admit(engine, "m-1", 10));
        _time.StepWall(TimeSpan.FromHours(3));
        Assert.Null(await Admit(engine, "m-2", 6));
        _time.StepWall(TimeSpan.FromHours(-3));
        Assert.NotNull(await Admit(engine, "m-3", 1));
        _time.StepWall(TimeSpan.FromHours(3));
        Assert.NotNull(await Admit(engine, "m-4", 5));
        Assert.Null(await Admit(engine, "m-5", 4));
    }

    [Fact]
    public async Task What_is_used_is_the_same_after_a_restart_after_a_crash_and_in_a_replay()
    {
        await using var engine = await EngineUnderTest.Start(time: _time);
        var created = await engine.Create("a");
        await SetLimits(engine, daily: 50, monthly: 70);
        for (var i = 0; i < 20; i++)
        {
            await Admit(engine, $"m-{i}", 1 + (i % 5));
            if (i == 9) _time.Advance(TimeSpan.FromHours(3));
            if (i == 12) await engine.Restart();
            if (i == 16) await engine.Crash();
        }

        var (ledger, events) = await engine.Replay(await engine.KeyOf("a"), created.CreatedAt);
        var now = _time.GetUtcNow();
        var described = (await engine.Tenants.Get("a").Describe(default))!;
        Assert.Equal((30, 30), (described.AcceptedToday, described.AcceptedThisMonth));
        Assert.Equal((30, 30), (ledger.PlanUse.OnDay(now), ledger.PlanUse.InMonth(now)));
        Assert.Equal(60, events.Where(e => e.Kind == TenantEventKind.Accepted).Sum(e => e.Units));
        Assert.Null(await Admit(engine, "last", 20));
        Assert.NotNull(await Admit(engine, "over", 1));
    }

    [Fact]
    public async Task A_send_that_was_not_stored_uses_nothing()
    {
        await using var engine = await EngineUnderTest.Start(time: _time);
        await engine.Create("a");
        await SetLimits(engine, daily: 5);
        engine.Spool.FailsWrite = _ => true;
        await Assert.ThrowsAsync<StorageException>(() => Admit(engine, "lost", 5));
        engine.Spool.FailsWrite = _ => false;
        await engine.Until(async () =>
        {
            try
            {
                return await Admit(engine, "again", 5) is null;
            }
            catch (StorageException)
            {
                return false;
            }
        }, "the tenant is loaded anew");
        Assert.NotNull(await Admit(engine, "over", 1));
    }

    [Fact]
    public async Task A_changed_quota_counts_what_was_accepted_before_it_was_given()
    {
        await using var engine = await EngineUnderTest.Start(time: _time);
        await engine.Create("a");
        Assert.Null(await Admit(engine, "m-1", 30));
        await SetLimits(engine, monthly: 20);
        Assert.NotNull(await Admit(engine, "m-2", 1));
        await SetLimits(engine, monthly: 31);
        Assert.Null(await Admit(engine, "m-3", 1));
        await SetLimits(engine, daily: 0);
        Assert.Equal(0, (await Admit(engine, "m-4", 1))!.Quota!.Limit);
        await SetLimits(engine);
        Assert.Null(await Admit(engine, "m-5", 50));
    }

    [Fact]
    public async Task A_check_refuses_what_a_send_of_as_many_recipients_would_be_refused()
    {
        await using var engine = await EngineUnderTest.Start(time: _time);
        await engine.Create("a");
        await SetLimits(engine, daily: 10);
        Assert.Null(await Admit(engine, "m-1", 8));
        var tenant = engine.Tenants.Get("a");
        Assert.Equal(AdmissionResult.Admitted, (await tenant.Check(new SendScope([]) { Recipients = 2 }, default)).Result);
        var refusal = await tenant.Check(new SendScope([]) { Recipients = 3 }, default);
        Assert.Equal((AdmissionResult.OverQuota, PlanPeriod.Day), (refusal.Result, refusal.Quota!.Period));
        // A tenant that may not send at all hears that first.
        await tenant.SetStatus(new SetStatus(StatusOrigin.CustomerManaged, SendingStatus.Disabled, "By hand."), default);
        Assert.Equal(AdmissionResult.Disabled, (await tenant.Check(new SendScope([]) { Recipients = 3 }, default)).Result);
    }

    [Fact]
    public async Task Each_answer_about_permits_tells_the_weight_as_it_is_now()
    {
        await using var engine = await EngineUnderTest.Start(time: _time);
        await engine.Create("a");
        var tenant = ((IOwnTenants)engine.Tenants).Get("a");
        var request = new PermitRequest(await engine.KeyOf("a"), engine.Store.Ownership.Incarnation, 0, default);
        Assert.Equal(1, (await tenant.Permit(request, default)).Weight);
        await engine.Tenants.Get("a").SetLimits(new TenantLimits { Weight = 2.5 }, default);
        Assert.Equal(2.5, (await tenant.Permit(request with { Wanted = 1 }, default)).Weight);
        await engine.Tenants.Get("a").SetStatus(new SetStatus(StatusOrigin.PlatformManaged, SendingStatus.Disabled, "By hand."), default);
        Assert.Equal(2.5, (await tenant.Permit(request with { Wanted = 1 }, default)).Weight);
    }

    private static DateTimeOffset Utc(int month, int day) => new(2026, month, day, 0, 0, 0, TimeSpan.Zero);

    private static async Task SetLimits(EngineUnderTest engine, long? daily = null, long? monthly = null) =>
        Assert.True(await engine.Tenants.Get("a").SetLimits(new TenantLimits { DailyQuota = daily, MonthlyQuota = monthly }, default));

    private static async Task<AdmissionRefusal?> Admit(EngineUnderTest engine, string id, int recipients)
    {
        string[] addresses = [.. Enumerable.Range(0, recipients).Select(i => $"r{i}@example.org")];
        var envelope = new Envelope
        {
            MessageId = id, TenantName = "a", Sender = "s@example.com", FromAddress = "s@example.com", IdentityArn = "arn",
            Destination = addresses, AcceptedAt = engine.Time.GetUtcNow(), SizeBytes = 64,
        };
        return (await engine.Tenants.Get("a").Admit(new AdmitMessage(new SendScope([]), envelope, new byte[64], addresses, []), default)).Refusal;
    }
}
