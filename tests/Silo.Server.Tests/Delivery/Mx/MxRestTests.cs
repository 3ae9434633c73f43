using Silo.Core.Delivery;
using Silo.Testing;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.Server.Tests.Delivery.Mx;

public class MxRestTests
{
    [Fact]
    public async Task A_destination_that_fails_rests_and_then_one_message_alone_tries_it()
    {
        var clock = new HostileTimeProvider();
        await using var bad = new SinkServer(new SinkOptions { Misbehaviour = SinkMisbehaviour.RefusesGreeting });
        await using var good = new SinkServer(null, bad.Port, "127.0.0.2");
        await using var mx = new MxUnderTest(bad.Port, time: clock).Domain("bad.example", "127.0.0.1").Domain("good.example", "127.0.0.2");
        var wait = TimeSpan.FromMinutes(1);
        for (var round = 1; round <= 5; round++)
        {
            var until = clock.GetUtcNow() + wait;
            // All together, but for the first round, which has to learn it first.
            var results = await Task.WhenAll(Enumerable.Range(0, round == 1 ? 1 : 10).Select(_ => mx.Carry("r@bad.example")));
            Assert.Equal(round, bad.ConnectionCount);
            Assert.Contains(results, r => r.Kind == DeliveryResultKind.RouteFailed && r.RestsUntil == until);
            Assert.All(results, r => Assert.True(r.Kind == DeliveryResultKind.RouteFailed
                || (r.Kind == DeliveryResultKind.NotStarted && r.RestsUntil > clock.GetUtcNow() && r.RestsUntil < until)));
            Assert.Equal(DeliveryResultKind.RouteFailed, (await mx.Carry("r@bad.example")).Kind);
            Assert.Equal(round, bad.ConnectionCount);
            Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@good.example")).Kind);
            clock.Advance(wait);
            wait *= 2;
        }
    }

    [Fact]
    public async Task A_destination_that_works_again_is_free_at_once()
    {
        var clock = new HostileTimeProvider();
        await using var sink = new SinkServer(null, 0, "127.0.0.2");
        await using var mx = new MxUnderTest(sink.Port, time: clock).Domain("d.example", "127.0.0.1");
        Assert.Equal(DeliveryResultKind.RouteFailed, (await mx.Carry("r@d.example")).Kind);
        await using var back = new SinkServer(null, sink.Port);
        Assert.Equal(DeliveryResultKind.RouteFailed, (await mx.Carry("r@d.example")).Kind);
        clock.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 5; i++) Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@d.example")).Kind);
    }

    [Fact]
    public async Task A_domain_that_is_nobodys_and_asks_to_slow_down_rests_for_itself()
    {
        var clock = new HostileTimeProvider();
        await using var slow = new SinkServer(new SinkOptions { MailReply = "450 4.7.1 Slow down" });
        await using var good = new SinkServer(null, slow.Port, "127.0.0.2");
        await using var mx = new MxUnderTest(slow.Port, time: clock).Domain("slow.example", "127.0.0.1").Domain("good.example", "127.0.0.2");
        mx.Domain("gmail.com", "127.0.0.1");
        for (var minutes = 1; minutes <= 4; minutes *= 2)
        {
            var until = clock.GetUtcNow() + TimeSpan.FromMinutes(minutes);
            var first = await mx.Carry("r@slow.example");
            Assert.Equal((DeliveryResultKind.Deferred, DeferralScope.SlowDown, null), (first.Kind, first.DeferralScope, first.RestsUntil));
            var connections = slow.ConnectionCount;
            var second = await mx.Carry("s@slow.example");
            Assert.Equal((DeliveryResultKind.RouteFailed, until, connections), (second.Kind, second.RestsUntil!.Value, slow.ConnectionCount));
            Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@good.example")).Kind);
            clock.Advance(TimeSpan.FromMinutes(minutes));
        }

        // One that is known is paced as a provider, by the whole platform.
        for (var i = 0; i < 3; i++) Assert.Equal(DeliveryResultKind.Deferred, (await mx.Carry("r@gmail.com")).Kind);
    }

    [Fact]
    public async Task What_was_under_way_when_a_domain_asked_to_slow_down_does_not_end_its_rest()
    {
        var clock = new HostileTimeProvider();
        await using var sink = new SinkServer();
        await using var mx = new MxUnderTest(sink.Port, time: clock).Domain("d.example", "127.0.0.1");
        var underWay = mx.Carry("slow-300ms@d.example");
        while (sink.ConnectionCount == 0) await Task.Yield();
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(DeferralScope.SlowDown, (await mx.Carry("421-4.7.0-slow-down@d.example")).DeferralScope);
        Assert.Equal(DeliveryResultKind.Delivered, (await underWay).Kind);
        var waits = await mx.Carry("r@d.example");
        Assert.Equal((DeliveryResultKind.RouteFailed, DeferralScope.SlowDown), (waits.Kind, waits.DeferralScope));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@d.example")).Kind);
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("s@d.example")).Kind);
    }

    [Fact]
    public async Task Domains_at_one_hoster_do_not_rest_for_what_one_of_them_is_told()
    {
        await using var sink = new SinkServer();
        await using var mx = new MxUnderTest(sink.Port);
        mx.Dns.AddAddress("aspmx.l.google.com", "127.0.0.1").AddMx("one.example", 1, "aspmx.l.google.com").AddMx("two.example", 1, "aspmx.l.google.com");
        Assert.Equal(DeferralScope.SlowDown, (await mx.Carry("421-4.7.0-slow-down@one.example")).DeferralScope);
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@two.example")).Kind);
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@one.example")).Kind);
    }

    [Fact]
    public async Task Mail_that_asks_for_TLS_in_vain_does_not_make_other_mail_rest()
    {
        await using var sink = new SinkServer();
        await using var mx = new MxUnderTest(sink.Port).Domain("d.example", "127.0.0.1");
        var result = await mx.Carry("r@d.example", tlsRequired: true);
        Assert.Equal((DeliveryResultKind.RouteFailed, DeliveryStage.StartTls), (result.Kind, result.Stage));
        Assert.NotNull(result.RestsUntil);
        Assert.Equal(0, sink.MailCount);
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@d.example")).Kind);
        Assert.Equal(DeliveryResultKind.RouteFailed, (await mx.Carry("r@d.example", tlsRequired: true)).Kind);
        Assert.Equal(1, sink.MailCount);
    }

    [Fact]
    public async Task A_server_that_breaks_at_the_first_MAIL_rests()
    {
        var clock = new HostileTimeProvider();
        await using var peer = new Smtp.ScriptedPeer((_, line) => line == Smtp.ScriptedPeer.Connected ? "220 hi"
            : line.StartsWith("MAIL", StringComparison.Ordinal) ? "" : "250 hi");
        await using var mx = new MxUnderTest(peer.Port, time: clock).Domain("d.example", "127.0.0.1");
        var result = await mx.Carry("r@d.example");
        Assert.Equal((DeliveryResultKind.RouteFailed, DeliveryStage.Mail, clock.GetUtcNow().AddMinutes(1)), (result.Kind, result.Stage, result.RestsUntil));
    }
}
