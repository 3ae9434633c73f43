using Silo.Core.Delivery;
using Silo.Server.Delivery;
using Silo.Smtp.Client;
using Silo.Testing;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.Server.Tests.Delivery.Mx;

public class MxHostileTests
{
    [Theory]
    [InlineData(SinkMisbehaviour.NeverGreets, DeliveryResultKind.RouteFailed)]
    [InlineData(SinkMisbehaviour.NeverAnswersHello, DeliveryResultKind.RouteFailed)]
    [InlineData(SinkMisbehaviour.HugeBanner, DeliveryResultKind.RouteFailed)]
    [InlineData(SinkMisbehaviour.EndlessBanner, DeliveryResultKind.RouteFailed)]
    [InlineData(SinkMisbehaviour.AnswersTwice, DeliveryResultKind.RouteFailed)]
    [InlineData(SinkMisbehaviour.SaysYesToEverything, DeliveryResultKind.Deferred)]
    [InlineData(SinkMisbehaviour.TakesDataWithoutRecipient, DeliveryResultKind.Delivered)]
    public async Task A_bad_server_stalls_no_other_destination_and_keeps_no_connection(SinkMisbehaviour misbehaviour, DeliveryResultKind expected)
    {
        var clock = new HostileTimeProvider();
        await using var bad = new SinkServer(new SinkOptions { Misbehaviour = misbehaviour, Certificate = SelfSigned.Certificate("x.example") });
        await using var good = new SinkServer(null, bad.Port, "127.0.0.2");
        await using var mx = new MxUnderTest(bad.Port, time: clock).Domain("bad.example", "127.0.0.1").Domain("good.example", "127.0.0.2");
        var stuck = mx.Carry("r@bad.example");
        for (var i = 0; i < 20; i++) Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@good.example")).Kind);
        // Time passes only where nothing else would end it: the clock does not wait for sockets.
        var waits = misbehaviour is SinkMisbehaviour.NeverGreets or SinkMisbehaviour.NeverAnswersHello;
        Assert.Equal(expected, (await (waits ? MxUnderTest.Eventually(stuck, clock) : stuck)).Kind);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, mx.Transport.OpenConnections);
    }

    [Theory]
    [InlineData("silent@bad.example")]
    [InlineData("silent-after-data@bad.example")]
    public async Task Tarpits_take_the_places_of_their_own_site_alone(string recipient)
    {
        var clock = new HostileTimeProvider();
        await using var bad = new SinkServer();
        await using var good = new SinkServer(null, bad.Port, "127.0.0.2");
        await using var mx = new MxUnderTest(bad.Port, o => (o.MaxConnectionsPerSite, o.MaxWaiting) = (4, 3), clock)
            .Domain("bad.example", "127.0.0.1").Domain("good.example", "127.0.0.2");
        var stuck = Enumerable.Range(0, 50).Select(_ => mx.Carry(recipient)).ToList();
        // Four are under way and three in line; all others found no room.
        while (stuck.Count(t => t.IsCompleted) < 43) await Task.Yield();
        for (var i = 0; i < 20; i++) Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@good.example")).Kind);
        Assert.InRange(bad.ConnectionCount, 1, 4);
        Assert.Equal(43, stuck.Count(t => t.IsCompleted));
        foreach (var done in stuck.Where(t => t.IsCompleted))
        {
            var result = await done;
            Assert.Equal(DeliveryResultKind.NotStarted, result.Kind);
            Assert.InRange(result.RestsUntil!.Value - clock.GetUtcNow(), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));
        }

        await MxUnderTest.Eventually(Task.WhenAll(stuck), clock);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, mx.Transport.OpenConnections);
    }

    [Fact]
    public async Task A_handshake_that_is_never_finished_is_given_up_for_plain_text()
    {
        await using var sink = new SinkServer(new SinkOptions
        {
            Misbehaviour = SinkMisbehaviour.StartTlsThenSilence, Certificate = SelfSigned.Certificate("x.example"),
        });
        await using var mx = new MxUnderTest(sink.Port, o => o.Timeouts = new SmtpTimeouts { Hello = TimeSpan.FromSeconds(2) })
            .Domain("d.example", "127.0.0.1");
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@d.example")).Kind);
        Assert.False(Assert.Single(sink.Messages).Secure);
        Assert.Equal(1, mx.Transport.OpenConnections);
    }

    [Fact]
    public async Task No_more_connections_are_open_than_a_host_a_site_and_a_source_may_have()
    {
        var release = new TaskCompletionSource();
        var held = 0;
        var options = new SinkOptions
        {
            OnMessage = _ =>
            {
                Interlocked.Increment(ref held);
                release.Task.Wait();
            },
        };
        await using var one = new SinkServer(options);
        await using var two = new SinkServer(options, one.Port, "127.0.0.2");
        await using var mx = new MxUnderTest(one.Port, o => (o.MaxConnectionsPerHost, o.MaxConnectionsPerSite, o.MaxConnections) = (2, 3, 4))
            .Domain("other.example", "127.0.0.2");
        mx.Dns.AddMx("d.example", 10, "a.d.example").AddMx("d.example", 10, "b.d.example");
        mx.Dns.AddAddress("a.d.example", "127.0.0.1").AddAddress("b.d.example", "127.0.0.1");
        var deliveries = Enumerable.Range(0, 30).Select(i => Task.Run(() => mx.Carry(i % 3 == 0 ? "r@other.example" : "r@d.example"))).ToList();
        while (Volatile.Read(ref held) < 4) await Task.Yield();
        var (open, atOne, atTwo) = (mx.Transport.OpenConnections, one.ConnectionCount, two.ConnectionCount);
        release.SetResult();
        Assert.Equal(4, open);
        Assert.InRange(atOne, 2, 3);
        Assert.InRange(atTwo, 1, 2);
        Assert.All(await Task.WhenAll(deliveries), r => Assert.Equal(DeliveryResultKind.Delivered, r.Kind));
        Assert.Equal(30, one.MessageCount + two.MessageCount);
    }

    [Theory]
    [InlineData(SinkMisbehaviour.ClosesAfterMessage)]
    [InlineData(SinkMisbehaviour.Says421ToSecondMail)]
    public async Task A_connection_that_went_stale_is_replaced_also_under_load(SinkMisbehaviour misbehaviour)
    {
        await using var sink = new SinkServer(new SinkOptions { Misbehaviour = misbehaviour });
        await using var mx = new MxUnderTest(sink.Port).Domain("d.example", "127.0.0.1");
        var gate = HandOvers.OpenGate();
        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => mx.Carry("r@d.example", gate: gate))));
        Assert.All(results, r => Assert.Equal(DeliveryResultKind.Delivered, r.Kind));
        gate.Close();
        Assert.Equal(0, await gate.WhenNothingBegins(TimeSpan.Zero, TimeProvider.System, default));
    }

    [Fact]
    public async Task A_pause_calls_back_a_hand_over_that_looks_for_another_connection()
    {
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mails = 0;
        await using var peer = new Smtp.ScriptedPeer((connection, line) =>
        {
            if (connection == 2)
            {
                again.TrySetResult();
                return null;
            }

            if (line.StartsWith("MAIL", StringComparison.Ordinal)) return ++mails == 1 ? "250 ok" : "";
            return line switch { Smtp.ScriptedPeer.Connected => "220 hi", "DATA" => "354 go", "." => "250 ok", _ => line.Length > 4 && char.IsUpper(line[3]) ? "250 ok" : null };
        });
        await using var mx = new MxUnderTest(peer.Port).Domain("d.example", "127.0.0.1");
        var gate = HandOvers.OpenGate();
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@d.example", gate: gate)).Kind);
        var delivery = mx.Carry("r@d.example", gate: gate);
        await again.Task;
        gate.Close();
        Assert.Equal(0, await gate.WhenNothingBegins(TimeSpan.Zero, TimeProvider.System, default));
        Assert.Equal(DeliveryResultKind.NotStarted, (await delivery).Kind);
        Assert.Equal(2, mails);
    }

    [Fact]
    public async Task A_closed_gate_lets_nothing_be_written()
    {
        await using var sink = new SinkServer();
        await using var mx = new MxUnderTest(sink.Port).Domain("d.example", "127.0.0.1");
        var gate = HandOvers.OpenGate();
        gate.Close();
        Assert.Equal(DeliveryResultKind.NotStarted, (await mx.Carry("r@d.example", gate: gate)).Kind);
        Assert.Equal(0, sink.MailCount);
        var cancelled = await mx.Transport.Carry(HandOvers.To("r@d.example"), new CancellationToken(true));
        Assert.Equal(DeliveryResultKind.NotStarted, cancelled.Kind);
    }
}
