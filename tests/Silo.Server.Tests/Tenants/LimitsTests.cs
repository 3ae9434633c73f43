using Silo.Core.Tenants;
using Silo.Server.Tests.Delivery;
using Xunit;

namespace Silo.Server.Tests.Tenants;

public sealed class LimitsTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(7);

    [Fact]
    public async Task A_higher_rate_holds_within_a_second_also_for_mail_that_waits_already()
    {
        await using var engine = await EngineUnderTest.Start(e => (e.TenantOptions.SendRate, e.TenantOptions.SendBurst) = (0.01, 1));
        await engine.Create("a");
        await engine.SendMany("a", 60);
        await engine.Until(() => engine.Transport.Starts.Count == 2, "two have left, and the third rests", TimeSpan.FromSeconds(10));
        await engine.Until(async () => (await engine.Books("a")).Delivered == 2 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "both are settled");
        var changedAt = engine.Time.GetUtcNow();
        Assert.True(await engine.Tenants.Get("a").SetLimits(new TenantLimits { SendRate = 50, SendBurst = 10 }, default));
        await engine.UntilNothingIsOpen(Step, "a");

        var starts = engine.Transport.Starts.Select(s => (s.At - changedAt).TotalSeconds).Skip(2).ToArray();
        Assert.InRange(starts[0], 0, 1);
        Assert.InRange(starts[^1], (58 - 10) / 50.0, 3);
    }

    [Fact]
    public async Task Under_a_lower_rate_no_more_leaves_than_it_allows_whatever_was_saved_up_before()
    {
        await using var engine = await EngineUnderTest.Start(e => (e.TenantOptions.SendRate, e.TenantOptions.SendBurst) = (1_000, 1_000));
        await engine.Create("a");
        Assert.True(await engine.Tenants.Get("a").SetLimits(new TenantLimits { SendRate = 10, SendBurst = 5 }, default));
        await engine.SendMany("a", 40);
        await engine.UntilNothingIsOpen(Step, "a");

        var starts = engine.Transport.Starts.Select(s => s.At).ToArray();
        for (var first = 0; first < starts.Length; first++)
        {
            for (var last = first; last < starts.Length; last++)
                Assert.True(last - first + 1 <= 5 + (10 * (starts[last] - starts[first]).TotalSeconds) + 1e-6, $"{first} to {last}");
        }
    }

    [Fact]
    public async Task Limits_are_the_same_after_a_restart_after_a_crash_and_in_a_replay()
    {
        await using var engine = await EngineUnderTest.Start();
        var created = await engine.Create("a");
        var limits = new TenantLimits { SendRate = 2.5 };
        await engine.Tenants.Get("a").SetLimits(new TenantLimits { SendBurst = 7 }, default);
        await engine.Tenants.Get("a").SetLimits(limits, default);
        await engine.Restart();
        Assert.Equal(limits, (await engine.Tenants.Get("a").Describe(default))!.Limits);
        await engine.Crash();
        Assert.Equal(limits, (await engine.Tenants.Get("a").Describe(default))!.Limits);
        var (ledger, _) = await engine.Replay(await engine.KeyOf("a"), created.CreatedAt);
        Assert.Equal(limits, ledger.Limits);
    }

    [Fact]
    public async Task A_tenant_that_does_not_exist_gets_no_limits()
    {
        await using var engine = await EngineUnderTest.Start();
        Assert.False(await engine.Tenants.Get("nobody").SetLimits(new TenantLimits { SendRate = 1 }, default));
    }
}
