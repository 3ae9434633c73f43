using Silo.Core.Delivery;
using Silo.Server.Delivery;
using Silo.Testing;
using Xunit;
using static Silo.Server.Tests.Delivery.Ses.SesTransports;

namespace Silo.Server.Tests.Delivery.Ses;

public class SesPauseTests
{
    [Fact]
    public async Task After_an_acknowledged_pause_SES_sees_no_call()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var closeAfter = random.Next(1, 30);
            var seen = 0;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var ses = new ScriptedSes
            {
                ClosesAfterAnswer = random.Next(3) == 0,
                Answer = _ =>
                {
                    var count = Interlocked.Increment(ref seen);
                    if (count == closeAfter) reached.SetResult();
                    return (count % 5) switch { 0 => "", 1 => ScriptedSes.Error(400, "MessageRejected", "Spam."), _ => ScriptedSes.Ok() };
                },
            };
            await using var transport = Transport(ses.Endpoint, o => o.MaxConnections = random.Next(1, 8));
            var gate = HandOvers.OpenGate();
            var deliveries = Enumerable.Range(0, 60).Select(_ => Task.Run(() => transport.Carry(HandOvers.To("r@example.com", gate)))).ToList();

            await reached.Task;
            gate.Close();
            // Long enough to abort nobody: the call of an aborted one may still lie unread in the peer's socket.
            await gate.WhenNothingBegins(TimeSpan.FromMinutes(5), TimeProvider.System, default);
            var acknowledged = ses.Sends.Count;
            var results = await Task.WhenAll(deliveries);
            Assert.True(acknowledged == ses.Sends.Count, $"seed {seed}: {ses.Sends.Count - acknowledged} calls after the pause");
            // What was written to a connection that the peer had closed began as well, although the peer never saw it.
            Assert.True(results.Count(r => r.Kind != DeliveryResultKind.NotStarted) >= acknowledged, $"seed {seed}");
            Assert.Equal(0, await gate.WhenNothingBegins(TimeSpan.Zero, TimeProvider.System, default));
        }
    }

    [Fact]
    public async Task A_closed_gate_lets_no_call_begin()
    {
        await using var ses = new ScriptedSes();
        await using var transport = Transport(ses.Endpoint);
        var gate = HandOvers.OpenGate();
        gate.Close();
        Assert.Equal(DeliveryResultKind.NotStarted, (await transport.Carry(HandOvers.To("r@example.com", gate))).Kind);
        Assert.Empty(ses.Sends);
    }

    [Fact]
    public async Task A_call_that_is_not_answered_is_called_back_after_the_grace_and_leaves_doubt()
    {
        var got = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var ses = new ScriptedSes
        {
            Answer = _ =>
            {
                got.SetResult();
                return null;
            },
        };
        await using var transport = Transport(ses.Endpoint);
        var gate = HandOvers.OpenGate();
        var clock = new HostileTimeProvider();
        var delivery = transport.Carry(HandOvers.To("r@example.com", gate));
        await got.Task;
        gate.Close();
        var paused = gate.WhenNothingBegins(TimeSpan.FromMilliseconds(50), clock, default).AsTask();
        Assert.False(paused.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(0, await paused);
        Assert.Equal(DeliveryResultKind.InDoubt, (await delivery).Kind);
    }

    [Fact]
    public async Task A_pause_calls_back_a_message_that_is_still_being_written_without_a_doubt()
    {
        // Nobody reads: a large message fills the buffers of the sockets and stands.
        using var peer = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        peer.Start();
        var connected = peer.AcceptSocketAsync();
        await using var transport = Transport($"http://127.0.0.1:{((System.Net.IPEndPoint)peer.LocalEndpoint).Port}");
        var gate = HandOvers.OpenGate();
        // The limits are asked for first, and get no answer either.
        using var limits = await connected;
        var next = peer.AcceptSocketAsync();
        var delivery = transport.Carry(Large(30_000_000, gate));
        using var standing = await next;
        await standing.ReceiveAsync(new byte[1]);
        gate.Close();
        Assert.Equal(0, await gate.WhenNothingBegins(TimeSpan.Zero, TimeProvider.System, default));
        Assert.Equal(DeliveryResultKind.NotStarted, (await delivery).Kind);
    }

    [Fact]
    public async Task A_lease_that_ends_while_a_message_is_written_stops_it_before_its_last_part()
    {
        var ownership = new TestOwnership();
        var gate = new SendingGate(ownership);
        gate.Open(SendingTerms.None);
        using var peer = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        peer.Start();
        var connected = peer.AcceptSocketAsync();
        await using var transport = Transport($"http://127.0.0.1:{((System.Net.IPEndPoint)peer.LocalEndpoint).Port}");
        using var limits = await connected;
        var next = peer.AcceptSocketAsync();
        var delivery = transport.Carry(Large(30_000_000, gate));
        using var standing = await next;
        var buffer = new byte[1 << 20];
        long received = await standing.ReceiveAsync(buffer);
        ownership.IsHeld = false;
        for (int read; (read = await Receive(standing, buffer)) > 0;) received += read;
        Assert.Equal(DeliveryResultKind.NotStarted, (await delivery).Kind);
        Assert.InRange(received, 40_000_000 - 2_000, 40_000_000 + 1_000);
    }

    private static async Task<int> Receive(System.Net.Sockets.Socket socket, byte[] buffer)
    {
        try
        {
            return await socket.ReceiveAsync(buffer);
        }
        catch (System.Net.Sockets.SocketException)
        {
            return 0;
        }
    }
}
