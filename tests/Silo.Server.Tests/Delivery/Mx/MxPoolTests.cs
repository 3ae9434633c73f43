using Silo.Server.Delivery.Mx;
using Silo.Server.Egress;
using Silo.Testing;
using Silo.Testing.SmtpSink;
using Xunit;
using static Silo.Server.Tests.Delivery.Pacing.Addresses;

namespace Silo.Server.Tests.Delivery.Mx;

/// <summary>Mail of sending pools on real sockets, through the whole engine.</summary>
public sealed class MxPoolTests
{
    private const string Two = "127.0.0.2", Three = "127.0.0.3", NotHere = "192.0.2.99";

    [Fact]
    public async Task Mail_of_a_pool_leaves_from_its_addresses_alone_and_under_their_names()
    {
        await using var sink = new SinkServer(new SinkOptions { KeepsSteps = true });
        await using var world = await World.Start(sink.Port, o => o.Sources = [new MxSourceOptions { Address = "127.0.0.9", HelloName = "m9.silo.test" }]);
        world.Engine.Dispatcher.Follow(Plan(Ip(Two), Ip(Three), Ip("127.0.0.4", i => i with { PoolName = "other" })));
        await world.Engine.SendMany("a", 40, i => i % 2 == 0 ? "r@gmail.com" : $"r@d{i}.example", pool: "news");
        await world.Engine.SendMany("a", 20, i => $"r@d{i}.example");
        await world.Engine.SendMany("a", 20, i => $"r@d{i}.example", pool: "other");
        await world.Engine.UntilNothingIsOpen(default, "a");

        var mails = sink.Steps.Where(s => s.Kind == SinkStepKind.Mail).ToArray();
        Assert.All(mails, s => Assert.Equal($"m{s.Client!.GetAddressBytes()[3]}.silo.test", s.Hello));
        var counts = mails.CountBy(s => (int)s.Client!.GetAddressBytes()[3]).ToDictionary();
        Assert.Equal([2, 3, 4, 9], counts.Keys.Order());
        Assert.Equal((40, 20, 20), (counts[2] + counts[3], counts[4], counts[9]));
    }

    [Fact]
    public async Task An_address_that_cannot_be_bound_holds_up_nothing_and_is_tried_by_one_message_alone_later()
    {
        await using var sink = new SinkServer();
        await using var world = await World.Start(sink.Port, o => (o.RestMin, o.RestMax) = (TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)));
        var engine = world.Engine;
        engine.Dispatcher.Follow(Plan(Ip(NotHere), Ip(Two)));
        await engine.SendMany("a", 60, i => i % 2 == 0 ? "r@gmail.com" : $"r@d{i % 20}.example", pool: "news");
        await engine.UntilNothingIsOpen(default, "a");
        Assert.Equal(60, sink.MessageCount);
        Assert.StartsWith("cannot be used: Nothing can leave from 192.0.2.99.", (await engine.Dispatcher.ReportAddress(NotHere, default))[0].ClosedFor, StringComparison.Ordinal);

        var plan = Plan(Ip(NotHere), Ip(Two));
        for (var round = 0; round < 3; round++)
        {
            engine.Time.Advance(TimeSpan.FromMinutes(1.1));
            engine.Dispatcher.Follow(plan);
            var open = (await engine.Dispatcher.ReportAddress(NotHere, default))[0];
            Assert.Equal((null, 1), (open.ClosedFor, open.Slots));
            await engine.SendMany("a", 30, _ => "r@gmail.com", pool: "news");
            await engine.UntilNothingIsOpen(default, "a");
            Assert.Equal(60 + (30 * (round + 1)), sink.MessageCount);
            Assert.NotNull((await engine.Dispatcher.ReportAddress(NotHere, default))[0].ClosedFor);
        }
    }

    [Fact]
    public async Task The_only_address_of_a_pool_is_used_again_when_its_proxy_works_again_and_its_mail_has_lost_no_attempt()
    {
        await using var sink = new SinkServer(new SinkOptions { KeepsSteps = true });
        await using var proxy = new Silo.Testing.SocksProxy { Credential = "u:p", Refusal = 1 };
        await using var world = await World.Start(sink.Port);
        var engine = world.Engine;
        var plan = Plan(Ip("192.0.2.7", i => i with { Via = new Silo.Server.Egress.SocksProxy("127.0.0.1", proxy.EndPoint.Port, "u", "p") }));
        engine.Dispatcher.Follow(plan);
        await engine.SendMany("a", 5, _ => "r@gmail.com", pool: "news");
        await engine.Until(async () => (await engine.Dispatcher.ReportAddress("192.0.2.7", default)) is [{ ClosedFor: not null }, ..], "it is known not to work");
        await engine.Until(() => engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "nothing is in hand");
        var lane = Assert.Single((await engine.Tenants.Get("a").Budgets(default))!.Queue.Lanes);
        Assert.StartsWith("192.0.2.7 × Gmail (cannot be used: ", lane.WaitsFor, StringComparison.Ordinal);
        Assert.Equal(5, lane.Due);

        proxy.Refusal = 0;
        await engine.Until(
            () =>
            {
                engine.Dispatcher.Follow(plan);
                return sink.MessageCount == 5;
            },
            "all of it has left", TimeSpan.FromSeconds(1));
        await engine.UntilNothingIsOpen(default, "a");
        Assert.All(sink.Steps, s => Assert.Equal("m7.silo.test", s.Hello));
        Assert.Equal((null, (int?)null), ((await engine.Dispatcher.ReportAddress("192.0.2.7", default))[0].ClosedFor, (await engine.Dispatcher.ReportAddress("192.0.2.7", default))[0].Slots));
    }

    [Fact]
    public async Task An_address_that_is_removed_keeps_its_connections_until_what_had_begun_has_ended()
    {
        await using var sink = new SinkServer(new SinkOptions { KeepsSteps = true });
        await using var world = await World.Start(sink.Port);
        var engine = world.Engine;
        engine.Dispatcher.Follow(Plan(Ip(Two)));
        await engine.SendMany("a", 1, _ => "r@gmail.com", pool: "news");
        await engine.UntilNothingIsOpen(default, "a");
        Assert.Equal(1, world.Mx.Transport.IdleConnections);
        await engine.SendMany("a", 3, i => $"slow-{700 + i}ms@gmail.com", pool: "news");
        await engine.Until(() => sink.MailCount == 4, "they have begun");

        engine.Dispatcher.Follow(Plan(Ip(Three)));
        await engine.SendMany("a", 10, _ => "r@yahoo.com", pool: "news");
        await engine.UntilNothingIsOpen(default, "a");
        Assert.Equal(14, sink.MessageCount);
        Assert.Equal([Two, Three], sink.Steps.Select(s => $"{s.Client}").Distinct());
        // Those that are left are of the other one.
        await engine.Until(() => world.Mx.Transport.OpenConnections == world.Mx.Transport.IdleConnections, "the rest is closed");
        engine.Dispatcher.Follow(Plan());
        await engine.Until(() => world.Mx.Transport.OpenConnections == 0, "all connections are closed");
    }

    [Fact]
    public async Task An_address_with_another_name_says_that_name_from_then_on()
    {
        await using var sink = new SinkServer(new SinkOptions { KeepsSteps = true });
        await using var world = await World.Start(sink.Port);
        foreach (var name in (string[])["old.silo.test", "new.silo.test"])
        {
            world.Engine.Dispatcher.Follow(Plan(Ip(Two, i => i with { HelloName = name })));
            await world.Engine.SendMany("a", 5, _ => "r@gmail.com", pool: "news");
            await world.Engine.UntilNothingIsOpen(default, "a");
            Assert.Equal(name, sink.Steps.Last().Hello);
        }

        Assert.Equal(5, sink.Steps.Count(s => s is { Kind: SinkStepKind.Mail, Hello: "new.silo.test" }));
    }

    [Theory]
    [InlineData("d.example")]
    [InlineData("gmail.com")]
    public async Task Connections_of_an_address_to_a_site_are_capped_over_all_its_hosts_also_from_when_the_cap_changes(string domain)
    {
        var (most, transport) = (0, (MxTransport?)null);
        var options = new SinkOptions { OnMail = () => InterlockedMax(ref most, transport!.OpenConnections) };
        await using var sink = new SinkServer(options);
        await using var second = new SinkServer(options, sink.Port, "127.0.0.12");
        await using var third = new SinkServer(options, sink.Port, "127.0.0.13");
        await using var world = await World.Start(sink.Port, hasGmail: false);
        transport = world.Mx.Transport;
        for (var i = 1; i <= 3; i++)
            world.Mx.Dns.AddMx(domain, 10, $"mx{i}.{domain}").AddAddress($"mx{i}.{domain}", i == 1 ? "127.0.0.1" : $"127.0.0.1{i}");
        foreach (var cap in (int[])[6, 2])
        {
            world.Engine.Dispatcher.Follow(Plan(new PoolLimits { ConnectionsPerIpAndSite = cap }, Ip(Two), Ip(Three)));
            await world.Engine.Dispatcher.ReportPool("news", default);
            await world.Engine.Until(() => transport.OpenConnections <= 2 * cap, "idle ones beyond the cap are closed");
            most = 0;
            var before = sink.MessageCount + second.MessageCount + third.MessageCount;
            await world.Engine.SendMany("a", 60, i => $"slow-{20 + i}ms@{domain}", pool: "news");
            await world.Engine.UntilNothingIsOpen(default, "a");
            // One tenant's mail to a domain that is nobody's keeps to one address.
            Assert.InRange(most, cap, domain == "gmail.com" ? 2 * cap : cap);
            Assert.Equal(60, sink.MessageCount + second.MessageCount + third.MessageCount - before);
        }

        Assert.True(second.MessageCount > 0 && third.MessageCount > 0);
    }

    [Theory]
    [InlineData(1, 12)]
    [InlineData(4, 3)]
    public async Task A_connection_carries_as_many_messages_as_the_pool_allows(int messages, int connections)
    {
        await using var sink = new SinkServer();
        await using var world = await World.Start(sink.Port);
        var limits = new PoolLimits { ConnectionsPerIpAndSite = 1, MessagesPerConnection = messages };
        world.Engine.Dispatcher.Follow(Plan(limits, Ip(Two)));
        await world.Engine.SendMany("a", 12, _ => "r@gmail.com", pool: "news");
        await world.Engine.UntilNothingIsOpen(default, "a");
        Assert.Equal((12, connections), (sink.MessageCount, (int)sink.ConnectionCount));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen && Interlocked.CompareExchange(ref most, value, seen) != seen; seen = Volatile.Read(ref most))
        {
        }
    }

    /// <summary>An engine whose way out is the MX transport; every domain's mail is taken at 127.0.0.1.</summary>
    private sealed class World(MxUnderTest mx, EngineUnderTest engine) : IAsyncDisposable
    {
        public MxUnderTest Mx => mx;

        public EngineUnderTest Engine => engine;

        public static async Task<World> Start(int port, Action<MxOptions>? with = null, bool hasGmail = true)
        {
            var clock = new HostileTimeProvider();
            var mx = new MxUnderTest(port, with, clock).Domain("yahoo.com", "127.0.0.1");
            if (hasGmail) mx.Domain("gmail.com", "127.0.0.1");
            for (var i = 0; i < 40; i++) mx.Domain($"d{i}.example", "127.0.0.1");
            var engine = await EngineUnderTest.Start(e => e.OtherTransport = _ => mx.Transport, clock);
            await engine.Create("a");
            return new World(mx, engine);
        }

        public async ValueTask DisposeAsync()
        {
            await engine.DisposeAsync();
            await mx.DisposeAsync();
        }
    }
}
