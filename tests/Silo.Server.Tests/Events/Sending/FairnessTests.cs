using System.Globalization;
using Microsoft.AspNetCore.Http;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Events.Sending;

public sealed class FairnessTests
{
    /// <summary>SILO_MANY_NOTICES=1000000 makes it the backlog of the promise.</summary>
    private static readonly int Many = int.Parse(
        Environment.GetEnvironmentVariable("SILO_MANY_NOTICES") ?? "100000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_dead_endpoint_with_a_great_backlog_delays_nobody_and_holds_one_connection()
    {
        await using var dead = await Endpoint.Start();
        await using var alive = await Endpoint.Start();
        // It takes connections and says nothing.
        dead.Answer = (_, context) => Task.Delay(Timeout.Infinite, context.RequestAborted);
        await using var under = await PublisherUnderTest.Start();
        var hook = under.Add("dead", dead, "bad");
        under.Add("alive", alive, "good");
        var (flooder, quiet) = (await under.Tenant("flooder", Many), await under.Tenant("quiet"));
        await under.WriteMany(flooder, Many, "bad");
        under.Time.Advance(TimeSpan.FromSeconds(6));
        await Patiently.Until(() => dead.Received.Count > 0, "the dead one is tried");
        for (var i = 0; i < 50; i++)
        {
            // While the dead one's POST is under way, and no time passes at all.
            await under.WriteAs(quiet, "good", under.Time.GetUtcNow(), $"q{i}");
            await under.WriteAs(flooder, "good", under.Time.GetUtcNow(), $"f{i}");
            await Patiently.Until(() => alive.Bodies.Contains($"q{i}"), $"q{i} came");
        }

        // Its own notices for another endpoint are behind the look through its backlog, and then come too.
        await Patiently.Until(() => alive.Received.Count == 100, "the flooder's came too");
        Assert.Equal(1, dead.MostConnections);
        Assert.Single(dead.Received);
        Assert.Equal(1, (await under.Report(hook))!.InHand);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"f{i}"), alive.Bodies.Where(b => b[0] == 'f'));
        await under.Pass(TimeSpan.FromSeconds(11), () => dead.Received.Count >= 3, "it is tried again");
        Assert.Equal(1, dead.MostConnections);
    }

    [Fact]
    public async Task Two_tenants_with_one_endpoint_get_turns_however_much_one_of_them_has()
    {
        await using var shared = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start(u => u.Options.MaxConnectionsPerHost = 1);
        under.Add("hook", shared);
        var (big, small) = (await under.Tenant("big", 20_000), await under.Tenant("small"));
        await under.WriteMany(big, 20_000, null);
        under.Time.Advance(TimeSpan.FromSeconds(6));
        await Patiently.Until(() => shared.Received.Count > 100, "the big one is under way");
        for (var i = 0; i < 10; i++)
        {
            var before = shared.Received.Count;
            await under.Write(small, $"s{i}");
            await Patiently.Until(() => shared.Bodies.Contains($"s{i}"), $"s{i} came");
            Assert.InRange(shared.Received.TakeWhile(r => r.Text != $"s{i}").Count() - before, 0, 2_000);
        }

        Assert.True(shared.Received.Count < 20_010, "The small one had to wait for all of the big one's.");
    }

    [Fact]
    public async Task Without_notices_nothing_is_read()
    {
        await using var under = await PublisherUnderTest.Start();
        for (var i = 0; i < 60; i++) under.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, under.Notices.Reads);
    }
}
