using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Delivery;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Smtp;
using Silo.Smtp.Client;
using Silo.Testing;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.Server.Tests.Delivery.Smtp;

public class SmtpRelayTransportTests
{
    [Fact]
    public async Task A_message_that_the_relay_takes_is_handed_over_under_its_queue_id()
    {
        await using var sink = new SinkServer();
        await using var relay = Relay(sink.Port);
        var result = await relay.Carry(HandOvers.To("r@example.com"));
        Assert.Equal((DeliveryResultKind.HandedOver, DeliveryStage.FinalDot, "S1NK"), (result.Kind, result.Stage, result.RemoteId));
        Assert.Equal($"127.0.0.1:{sink.Port}", result.RemoteHost);
        var content = System.Text.Encoding.ASCII.GetString(Assert.Single(sink.Messages).Content);
        Assert.EndsWith("\r\n\r\n.hello\r\n", content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("550-5.1.1-user-unknown@x.example", DeliveryResultKind.HardBounce, DeliveryStage.Recipient)]
    [InlineData("450-4.2.0-greylisted@x.example", DeliveryResultKind.Deferred, DeliveryStage.Recipient)]
    [InlineData("550-5.7.1-blocked@x.example", DeliveryResultKind.Blocked, DeliveryStage.Recipient)]
    [InlineData("data-552-5.3.4-too-large@x.example", DeliveryResultKind.SoftBounce, DeliveryStage.FinalDot)]
    [InlineData("421-4.7.0-slow-down@x.example", DeliveryResultKind.Deferred, DeliveryStage.Recipient)]
    [InlineData("drop-before-reply@x.example", DeliveryResultKind.Deferred, DeliveryStage.Recipient)]
    [InlineData("close-mid-reply@x.example", DeliveryResultKind.Deferred, DeliveryStage.Recipient)]
    [InlineData("drop-after-data@x.example", DeliveryResultKind.InDoubt, DeliveryStage.FinalDot)]
    [InlineData("bad\r\nDATA@x.example", DeliveryResultKind.HardBounce, DeliveryStage.None)]
    public async Task What_the_relay_says_decides_and_the_next_message_still_leaves(
        string recipient, DeliveryResultKind kind, DeliveryStage stage)
    {
        foreach (var pipelining in new[] { true, false })
        {
            await using var sink = new SinkServer(new SinkOptions { Pipelining = pipelining });
            await using var relay = Relay(sink.Port);
            var result = await relay.Carry(HandOvers.To(recipient));
            Assert.Equal((kind, stage), (result.Kind, result.Stage));
            Assert.False(string.IsNullOrEmpty(result.Diagnostic));
            Assert.Equal(DeliveryResultKind.HandedOver, (await relay.Carry(HandOvers.To("r@example.com"))).Kind);
        }
    }

    [Theory]
    [InlineData(SinkMisbehaviour.RefusesGreeting, null)]
    [InlineData(SinkMisbehaviour.GarbageGreeting, null)]
    [InlineData(SinkMisbehaviour.HugeBanner, null)]
    [InlineData(SinkMisbehaviour.RefusesHello, null)]
    [InlineData(SinkMisbehaviour.None, "550 5.7.1 not you")]
    [InlineData(SinkMisbehaviour.None, "553 5.1.1 user unknown")]
    public async Task What_is_about_the_route_bounces_nobody(SinkMisbehaviour misbehaviour, string? mailReply)
    {
        await using var sink = new SinkServer(new SinkOptions { Misbehaviour = misbehaviour, MailReply = mailReply });
        await using var relay = Relay(sink.Port);
        Assert.Equal(DeliveryResultKind.RouteFailed, (await relay.Carry(HandOvers.To("r@example.com"))).Kind);
    }

    [Fact]
    public async Task A_relay_that_is_not_there_fails_the_route()
    {
        var sink = new SinkServer();
        await sink.DisposeAsync();
        await using var relay = Relay(sink.Port);
        var result = await relay.Carry(HandOvers.To("r@example.com"));
        Assert.Equal((DeliveryResultKind.RouteFailed, DeliveryStage.Connect), (result.Kind, result.Stage));
    }

    [Fact]
    public async Task Mail_that_requires_TLS_never_leaves_in_plain_text()
    {
        await using var sink = new SinkServer();
        await using var relay = Relay(sink.Port);
        var result = await relay.Carry(HandOvers.To("r@example.com", with: e => e with { TlsRequired = true }));
        Assert.Equal((DeliveryResultKind.RouteFailed, DeliveryStage.StartTls), (result.Kind, result.Stage));
        Assert.Equal(0, sink.MailCount);

        await using var secure = new SinkServer(new SinkOptions { Certificate = SelfSigned.Certificate("sink.test") });
        await using var other = Relay(secure.Port);
        var second = await other.Carry(HandOvers.To("r@example.com", with: e => e with { TlsRequired = true }));
        Assert.Equal(DeliveryResultKind.HandedOver, second.Kind);
        Assert.True(Assert.Single(secure.Messages).Secure);
    }

    [Theory]
    [InlineData(SinkMisbehaviour.ClosesAfterMessage)]
    [InlineData(SinkMisbehaviour.Says421ToSecondMail)]
    public async Task A_connection_that_went_stale_is_replaced_and_nothing_is_burned(SinkMisbehaviour misbehaviour)
    {
        foreach (var pipelining in new[] { true, false })
        {
            await using var sink = new SinkServer(new SinkOptions { Misbehaviour = misbehaviour, Pipelining = pipelining });
            await using var relay = Relay(sink.Port);
            var gate = HandOvers.OpenGate();
            for (var i = 0; i < 5; i++)
                Assert.Equal(DeliveryResultKind.HandedOver, (await relay.Carry(HandOvers.To("r@example.com", gate))).Kind);
            Assert.Equal(5, sink.MessageCount);
            gate.Close();
            Assert.Equal(0, await gate.WhenNothingBegins(TimeSpan.Zero, TimeProvider.System, default));
        }
    }

    [Fact]
    public async Task A_fresh_connection_that_says_421_is_not_tried_again()
    {
        await using var sink = new SinkServer(new SinkOptions { MailReply = "421 4.3.2 going down" });
        await using var relay = Relay(sink.Port);
        Assert.Equal(DeliveryResultKind.RouteFailed, (await relay.Carry(HandOvers.To("r@example.com"))).Kind);
        Assert.Equal(1, sink.MailCount);
    }

    [Fact]
    public async Task One_connection_serves_many_messages_until_it_is_worn_out()
    {
        await using var sink = new SinkServer();
        await using (var relay = Relay(sink.Port, o => o.MessagesPerConnection = 4))
        {
            for (var i = 0; i < 10; i++) await relay.Carry(HandOvers.To("r@example.com"));
            Assert.Equal(1, relay.IdleConnections);
        }

        Assert.Equal(3, sink.ConnectionCount);
        Assert.Equal(10, sink.MessageCount);
    }

    [Fact]
    public async Task An_unused_connection_is_closed_after_the_idle_timeout()
    {
        await using var sink = new SinkServer();
        var clock = new HostileTimeProvider();
        await using var relay = Relay(sink.Port, time: clock);
        await relay.Carry(HandOvers.To("r@example.com"));
        clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(1, relay.IdleConnections);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, relay.IdleConnections);
    }

    [Fact]
    public async Task No_more_connections_are_opened_than_allowed_and_who_waits_has_not_passed_the_gate()
    {
        var release = new TaskCompletionSource();
        using var allHeld = new SemaphoreSlim(0);
        await using var sink = new SinkServer(new SinkOptions
        {
            OnMessage = _ =>
            {
                allHeld.Release();
                release.Task.Wait();
            },
        });
        await using var relay = Relay(sink.Port, o => o.MaxConnections = 2);
        var gate = HandOvers.OpenGate();
        var deliveries = Enumerable.Range(0, 6).Select(i => Task.Run(() => relay.Carry(HandOvers.To("r@example.com", gate)))).ToList();
        await allHeld.WaitAsync();
        await allHeld.WaitAsync();
        gate.Close();
        Assert.Equal(2, await gate.WhenNothingBegins(TimeSpan.FromMinutes(1), new HostileTimeProvider(), default));
        release.SetResult();
        var results = await Task.WhenAll(deliveries);
        Assert.Equal(2, results.Count(r => r.Kind == DeliveryResultKind.HandedOver));
        Assert.Equal(4, results.Count(r => r.Kind == DeliveryResultKind.NotStarted));
        Assert.Equal(2, sink.ConnectionCount);
    }

    [Fact]
    public async Task A_cancelled_delivery_that_waits_for_a_connection_has_not_started()
    {
        await using var sink = new SinkServer();
        await using var relay = Relay(sink.Port);
        Assert.Equal(DeliveryResultKind.NotStarted, (await relay.Carry(HandOvers.To("r@example.com"), new CancellationToken(true))).Kind);
        Assert.Equal(0, sink.MailCount);
    }

    internal static SmtpRelayTransport Relay(int port, Action<SmtpRelayOptions>? with = null, TimeProvider? time = null)
    {
        var options = new SmtpRelayOptions { Host = "127.0.0.1", Port = port, TlsMode = SmtpTlsMode.Opportunistic };
        with?.Invoke(options);
        return new SmtpRelayTransport(options, ReplyRules.Shipped, time ?? TimeProvider.System, NullLogger<SmtpRelayTransport>.Instance);
    }
}
