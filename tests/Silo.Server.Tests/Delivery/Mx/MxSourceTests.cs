using System.Net;
using Silo.Core.Delivery;
using Silo.Server.Delivery.Mx;
using Silo.Testing;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.Server.Tests.Delivery.Mx;

public class MxSourceTests
{
    [Fact]
    public async Task Mail_leaves_from_the_source_under_its_name()
    {
        await using var sink = new SinkServer(new SinkOptions { KeepsSteps = true });
        await using var mx = new MxUnderTest(sink.Port, o => o.Sources = [new MxSourceOptions { Address = "127.0.0.77", HelloName = "out7.silo.test" }])
            .Domain("d.example", "127.0.0.1");
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@d.example")).Kind);
        Assert.Equal(IPAddress.Parse("127.0.0.77"), sink.LastClient);
        Assert.Equal("out7.silo.test", sink.Steps.First().Hello);
    }

    [Fact]
    public async Task Mail_leaves_through_a_proxy()
    {
        await using var sink = new SinkServer(new SinkOptions { KeepsSteps = true });
        await using var proxy = new SocksProxy { Credential = "u:p" };
        await using var mx = new MxUnderTest(sink.Port, o => o.Sources =
            [new MxSourceOptions { Proxy = proxy.EndPoint.ToString(), ProxyUser = "u", ProxyPassword = "p" }]).Domain("d.example", "127.0.0.1");
        for (var i = 0; i < 3; i++) Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@d.example")).Kind);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, sink.Port), Assert.Single(proxy.Asked));
        Assert.Equal("silo.test", sink.Steps.First().Hello);
    }

    [Fact]
    public async Task A_proxy_that_fails_rests_with_all_its_mail_and_an_address_that_it_cannot_reach_alone()
    {
        var clock = new HostileTimeProvider();
        await using var sink = new SinkServer();
        await using var proxy = new SocksProxy();
        await using var mx = new MxUnderTest(sink.Port, o => o.Sources = [new MxSourceOptions { Proxy = proxy.EndPoint.ToString() }], clock)
            .Domain("a.example", "127.0.0.1").Domain("b.example", "127.0.0.1");
        proxy.Refusal = 5;
        Assert.Equal(DeliveryResultKind.RouteFailed, (await mx.Carry("r@a.example")).Kind);
        proxy.Refusal = 0;
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@b.example")).Kind);

        proxy.Refusal = 1;
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(DeliveryResultKind.RouteFailed, (await mx.Carry("r@a.example")).Kind);
        var asked = proxy.Asked.Count;
        Assert.Equal(DeliveryResultKind.RouteFailed, (await mx.Carry("r@b.example")).Kind);
        Assert.Equal(asked, proxy.Asked.Count);
        proxy.Refusal = 0;
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@a.example")).Kind);
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@b.example")).Kind);
    }

    [Fact]
    public async Task A_source_that_this_machine_does_not_have_rests_and_other_sources_go_on()
    {
        await using var sink = new SinkServer();
        await using var mx = new MxUnderTest(sink.Port, o => o.Sources =
            [new MxSourceOptions { Address = "192.0.2.99" }, new MxSourceOptions { Address = "127.0.0.2" }]);
        for (var i = 0; i < 40; i++) mx.Domain($"d{i}.example", "127.0.0.1");
        var results = new List<DeliveryResult>();
        for (var i = 0; i < 40; i++) results.Add(await mx.Carry($"r@d{i}.example"));
        var delivered = results.Count(r => r.Kind == DeliveryResultKind.Delivered);
        Assert.InRange(delivered, 8, 32);
        Assert.All(results, r => Assert.True(r.Kind == DeliveryResultKind.Delivered
            || r is { Kind: DeliveryResultKind.RouteFailed, Stage: DeliveryStage.Connect, RestsUntil: not null }));
        Assert.Equal(delivered, sink.MessageCount);
    }

    [Fact]
    public void A_tenants_mail_to_a_domain_keeps_its_source_when_others_come_and_go()
    {
        MxSource[] all = [.. Enumerable.Range(0, 5).Select(i =>
            new MxSource(i, new MxSourceOptions { Address = $"192.0.2.{i + 1}" }, new MxOptions(), TimeProvider.System))];
        var used = new HashSet<string>();
        for (var i = 0; i < 200; i++)
        {
            var before = MxSource.Of(all, "tenant", $"d{i}.example");
            used.Add(before.Name);
            if (before != all[4]) Assert.Same(before, MxSource.Of(all[..4], "tenant", $"d{i}.example"));
        }

        Assert.Equal(5, used.Count);
    }
}
