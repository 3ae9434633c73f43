using Silo.Server.Events;
using Silo.Server.Events.Sending;
using Xunit;

namespace Silo.Server.Tests.Events.Sending;

public sealed class PublishingTurnsTests
{
    [Fact]
    public void Tenants_at_one_host_get_turns_however_much_one_of_them_has()
    {
        var turns = new PublishingTurns(64, 1, 64);
        var (big, small) = (Tenant(1), Tenant(2));
        for (var i = 0; i < 10; i++) turns.Add(Pair(big, "h", $"big{i}"));
        turns.Add(Pair(small, "h", "s1"));
        turns.Add(Pair(small, "h", "s2"));
        var order = new List<long>();
        while (turns.Take() is { } pair)
        {
            order.Add(pair.Tenant.Key);
            turns.Done(pair);
        }

        Assert.Equal([1, 2, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1], order);
    }

    [Fact]
    public void A_host_that_is_full_holds_up_no_other()
    {
        var turns = new PublishingTurns(64, 2, 64);
        for (var i = 0; i < 100; i++) turns.Add(Pair(Tenant(i), "slow", "x"));
        for (var i = 0; i < 3; i++) turns.Add(Pair(Tenant(1_000 + i), $"h{i}", "x"));
        var taken = new List<string>();
        while (turns.Take() is { } pair) taken.Add(pair.Destination.Host);
        Assert.Equal(["h0", "h1", "h2", "slow", "slow"], taken.Order());
    }

    [Fact]
    public void Endpoints_that_failed_cannot_fill_the_room()
    {
        var turns = new PublishingTurns(64, 8, 4);
        for (var i = 0; i < 1_000; i++)
        {
            var pair = Pair(Tenant(i), $"dead{i}", "x");
            pair.Failures = 1;
            turns.Add(pair);
        }

        while (turns.Take() is not null)
        {
        }

        Assert.Equal(16, turns.Running);
        turns.Add(Pair(Tenant(5_000), "alive", "x"));
        Assert.Equal("alive", turns.Take()!.Destination.Host);
    }

    [Fact]
    public void No_bound_is_ever_exceeded_and_everybody_comes_to_a_turn()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var (max, perHost, perTenant) = (random.Next(4, 20), random.Next(1, 6), random.Next(1, 5));
            var turns = new PublishingTurns(max, perHost, perTenant);
            var tenants = Enumerable.Range(0, 6).Select(i => Tenant(i)).ToList();
            var waiting = new HashSet<PublishedPair>();
            var running = new List<PublishedPair>();
            for (var i = 0; i < 60; i++)
            {
                var pair = Pair(tenants[random.Next(6)], $"h{random.Next(4)}", $"d{i}");
                pair.Failures = random.Next(3) == 0 ? 1 : 0;
                turns.Add(pair);
                waiting.Add(pair);
            }

            for (var steps = 0; waiting.Count + running.Count > 0; steps++)
            {
                Assert.True(steps < 10_000, $"Seed {seed}: somebody never comes to a turn.");
                if (random.Next(2) == 0 && turns.Take() is { } taken)
                {
                    Assert.True(waiting.Remove(taken), $"Seed {seed}: it was given twice.");
                    running.Add(taken);
                }
                else if (running.Count > 0)
                {
                    var done = running[random.Next(running.Count)];
                    running.Remove(done);
                    turns.Done(done);
                }

                Assert.True(running.Count <= max, $"Seed {seed}");
                Assert.All(running.GroupBy(p => p.Destination.Host), g => Assert.True(g.Count() <= perHost, $"Seed {seed}"));
                Assert.All(running.GroupBy(p => p.Tenant), g => Assert.True(g.Count() <= perTenant, $"Seed {seed}"));
                Assert.True(running.Count(p => p.Failures > 0) <= max / 4, $"Seed {seed}");
            }
        }
    }

    [Fact]
    public void The_wait_grows_is_capped_and_hears_what_the_endpoint_asks_for()
    {
        var (min, max) = (TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(30));
        foreach (var jitter in new[] { 0, 0.5, 0.999 })
        {
            var waits = Enumerable.Range(1, 60).Select(n => RetryWait.After(n, min, max, null, jitter)).ToList();
            Assert.InRange(waits[0], min / 2, min);
            for (var i = 1; i < 11; i++) Assert.Equal(2, waits[i] / waits[i - 1], 0.001);
            Assert.All(waits, w => Assert.InRange(w, min / 2, max));
            Assert.InRange(waits[^1], max / 2, max);
        }

        Assert.Equal(TimeSpan.FromMinutes(2), RetryWait.After(1, min, max, TimeSpan.FromMinutes(2), 0.5));
        Assert.Equal(max, RetryWait.After(1, min, max, TimeSpan.FromDays(1), 0.5));
        Assert.InRange(RetryWait.After(8, min, max, TimeSpan.FromSeconds(-5), 0.5), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(3));
    }

    private static TenantPublication Tenant(long key) => new(key, $"t{key}", $"tn-{key}", new Dictionary<string, long>());

    private static PublishedPair Pair(TenantPublication tenant, string host, string name) => new(
        tenant,
        new DestinationState(
            new ScopedDestination(null, new EventDestination { Name = name, CreatedAt = default, Target = new WebhookTarget(new Uri($"http://{host}"), []) }),
            host),
        0);
}
