using Silo.Core.Tenants;
using Silo.Server.Policies;
using Silo.Server.Tests.Delivery;
using Xunit;

namespace Silo.Server.Tests.Policies;

public sealed class EventPeriodTests
{
    [Fact]
    public async Task Events_of_others_and_of_other_times_use_up_nothing_of_what_may_be_read()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("other");
        await engine.Create("wanted");
        await engine.SendMany("wanted", 3);
        await engine.SendMany("other", 40);
        engine.Time.Advance(TimeSpan.FromMinutes(1));
        var from = engine.Time.GetUtcNow();
        await engine.SendMany("other", 40);
        await engine.SendMany("wanted", 5);
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(20), "wanted", "other");
        var to = engine.Time.GetUtcNow().AddMinutes(1);
        var key = await engine.KeyOf("wanted");

        var (all, isWhole) = await Read(long.MaxValue);
        Assert.True(isWhole);
        Assert.InRange(all.Count, 10, 20);
        var (limited, isWholeWithin) = await Read(all.Count);
        Assert.Equal((all.Count, true), (limited.Count, isWholeWithin));
        var (fewer, isWholeShort) = await Read(all.Count - 1);
        Assert.Equal((all.Count - 1, false), (fewer.Count, isWholeShort));

        async Task<(List<TenantEvent> Events, bool IsWhole)> Read(long most)
        {
            var events = new List<TenantEvent>();
            var (looked, whole) = await EventPeriod.Read(
                engine.Store.Events, from, to, k => k == key, (_, e) => events.Add(e), most, default);
            Assert.Equal(events.Count, looked);
            Assert.All(events, e => Assert.InRange(e.At, from, to));
            return (events, whole);
        }
    }
}
