using Silo.Core.Delivery;
using Silo.Server.Delivery;
using Silo.Testing;
using Silo.Testing.SmtpSink;
using Xunit;
using static Silo.Server.Tests.Delivery.Smtp.SmtpRelayTransportTests;

namespace Silo.Server.Tests.Delivery.Smtp;

public class SmtpRelayPauseTests
{
    [Fact]
    public async Task After_an_acknowledged_pause_the_relay_sees_no_MAIL()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var closeAfter = random.Next(1, 40);
            var seen = 0;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var sink = new SinkServer(new SinkOptions
            {
                Pipelining = random.Next(2) == 0,
                Misbehaviour = random.Next(3) == 0 ? SinkMisbehaviour.ClosesAfterMessage : SinkMisbehaviour.None,
                OnMail = () =>
                {
                    if (Interlocked.Increment(ref seen) == closeAfter) reached.SetResult();
                },
            });
            await using var relay = Relay(sink.Port, o => o.MaxConnections = random.Next(1, 8));
            var gate = HandOvers.OpenGate();
            string[] recipients =
                ["a@example.com", "550-5.1.1-no@x.example", "drop-before-reply@x.example", "data-554-5.7.1-spam@x.example"];
            var deliveries = Enumerable.Range(0, 60)
                .Select(i => recipients[random.Next(recipients.Length)])
                .Select(to => Task.Run(() => relay.Carry(HandOvers.To(to, gate)))).ToList();

            await reached.Task;
            gate.Close();
            // Long enough to abort nobody: MAIL of an aborted one may still lie unread in the relay's socket.
            await gate.WhenNothingBegins(TimeSpan.FromMinutes(5), TimeProvider.System, default);
            var acknowledged = sink.MailCount;
            var results = await Task.WhenAll(deliveries);
            Assert.True(acknowledged == sink.MailCount, $"seed {seed}: {sink.MailCount - acknowledged} MAIL after the pause");
            Assert.True(results.Count(r => r.Kind == DeliveryResultKind.NotStarted) >= 60 - acknowledged, $"seed {seed}");
            Assert.Equal(0, await gate.WhenNothingBegins(TimeSpan.Zero, TimeProvider.System, default));
        }
    }

    [Fact]
    public async Task A_hand_over_whose_MAIL_is_not_answered_is_called_back_after_the_grace()
    {
        var mail = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = new ScriptedPeer((_, line) =>
        {
            if (!line.StartsWith("MAIL", StringComparison.Ordinal)) return line == ScriptedPeer.Connected ? "220 hi" : "250 hi";
            mail.SetResult();
            return null;
        });
        await using var relay = Relay(peer.Port);
        var gate = HandOvers.OpenGate();
        var clock = new HostileTimeProvider();
        var delivery = relay.Carry(HandOvers.To("r@example.com", gate));
        await mail.Task;
        gate.Close();
        var paused = gate.WhenNothingBegins(TimeSpan.FromMilliseconds(50), clock, default).AsTask();
        Assert.False(paused.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(0, await paused);
        Assert.Equal(DeliveryResultKind.NotStarted, (await delivery).Kind);
        Assert.Equal(0, relay.IdleConnections);
    }

    [Fact]
    public async Task A_pause_calls_back_a_hand_over_that_looks_for_a_new_connection()
    {
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // The second connection is taken and never greeted; it is only tried since the first one closed on its second MAIL.
        var mails = 0;
        await using var peer = new ScriptedPeer((connection, line) =>
        {
            if (connection == 2)
            {
                again.TrySetResult();
                return null;
            }

            if (line.StartsWith("MAIL", StringComparison.Ordinal)) return ++mails == 1 ? "250 ok" : "";
            return line switch 
            {
                ScriptedPeer.Connected => "220 hi",
                "DATA" => "354 go",
                "." => "250 ok",
                _ => IsCommand(line) ? "250 ok" : null,
            };
        });
        await using var relay = Relay(peer.Port);
        var gate = HandOvers.OpenGate();
        Assert.Equal(DeliveryResultKind.HandedOver, (await relay.Carry(HandOvers.To("r@example.com", gate))).Kind);
        var delivery = relay.Carry(HandOvers.To("r@example.com", gate));
        await again.Task;
        gate.Close();
        Assert.Equal(0, await gate.WhenNothingBegins(TimeSpan.Zero, TimeProvider.System, default));
        Assert.Equal(DeliveryResultKind.NotStarted, (await delivery).Kind);
        Assert.Equal(2, mails);
    }

    [Fact]
    public async Task A_pause_between_a_stale_connection_and_a_new_one_is_seen_at_the_gate()
    {
        var gate = HandOvers.OpenGate();
        var mails = 0;
        await using var sink = new SinkServer(new SinkOptions
        {
            Misbehaviour = SinkMisbehaviour.Says421ToSecondMail,
            OnMail = () =>
            {
                if (++mails == 2) gate.Close();
            },
        });
        await using var relay = Relay(sink.Port);
        await relay.Carry(HandOvers.To("r@example.com", gate));
        Assert.Equal(DeliveryResultKind.NotStarted, (await relay.Carry(HandOvers.To("r@example.com", gate))).Kind);
        Assert.Equal(2, sink.MailCount);
        Assert.Equal(0, await gate.WhenNothingBegins(TimeSpan.Zero, TimeProvider.System, default));
    }

    private static bool IsCommand(string line) =>
        line.Length >= 4 && line[..4] is ("EHLO" or "RCPT" or "RSET");
}
