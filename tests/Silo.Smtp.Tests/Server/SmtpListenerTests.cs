using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Silo.Smtp.Server;
using Xunit;

namespace Silo.Smtp.Tests.Server;

public sealed class SmtpListenerTests
{
    private static readonly SmtpServerOptions Options = new() { HostName = "in.example", MaxConnections = 3, MaxConnectionsPerAddress = 2 };

    [Fact]
    public async Task A_dialogue_in_one_piece_is_answered_in_order_and_the_message_arrives()
    {
        var receiver = new Receiver();
        await using var listener = Listen(receiver, Options, out var endPoint);
        using var client = await Connect(endPoint);
        Assert.Equal("220 in.example ESMTP", await client.Line());
        await client.Write("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n");
        for (var i = 0; i < 8; i++) Assert.StartsWith("250", await client.Line());
        Assert.StartsWith("250", await client.Line());
        Assert.StartsWith("354", await client.Line());
        await client.Write("Subject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n");
        Assert.StartsWith("250", await client.Line());
        Assert.StartsWith("221", await client.Line());
        Assert.Null(await client.Line());
        Assert.Equal("Subject: x\r\n\r\nbody\r\n", Encoding.ASCII.GetString(Assert.Single(receiver.Messages).Content.Span));
    }

    [Fact]
    public async Task More_connections_than_an_address_may_have_are_told_to_come_back()
    {
        await using var listener = Listen(new Receiver(), Options, out var endPoint);
        using var first = await Connect(endPoint);
        using var second = await Connect(endPoint);
        Assert.StartsWith("220", await first.Line());
        Assert.StartsWith("220", await second.Line());
        using var third = await Connect(endPoint);
        Assert.StartsWith("421 4.7.0", await third.Line());
        await first.Write("QUIT\r\n");
        await first.Line();
        Assert.Null(await first.Line());
        // Its place is free once its dialogue is over here, too.
        while (true)
        {
            using var again = await Connect(endPoint);
            if ((await again.Line())!.StartsWith("220", StringComparison.Ordinal)) return;
        }
    }

    [Fact]
    public async Task A_silent_peer_is_told_so_and_closed()
    {
        var time = new Silo.Testing.HostileTimeProvider();
        await using var listener = Listen(new Receiver(), Options, out var endPoint, time);
        using var client = await Connect(endPoint);
        await client.Line();
        var line = client.Line();
        while (!line.IsCompleted)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await Task.WhenAny(line, Task.Delay(5));
        }

        Assert.StartsWith("421 4.4.2", await line);
        Assert.Null(await client.Line());
    }

    [Fact]
    public async Task A_stop_ends_dialogues_with_a_word_and_a_receiver_that_fails_is_told_of()
    {
        var failures = new ConcurrentQueue<Exception>();
        var receiver = new Receiver { Fails = true };
        var listener = new SmtpListener(new IPEndPoint(IPAddress.Loopback, 0), Options, _ => receiver, TimeProvider.System, failures.Enqueue);
        var endPoint = listener.Start();
        using var waiting = await Connect(endPoint);
        await waiting.Line();
        using (var failing = await Connect(endPoint))
        {
            await failing.Line();
            await failing.Write("HELO c\r\nMAIL FROM:<>\r\n");
            await failing.Line();
            Assert.Null(await failing.Line());
        }

        await listener.DisposeAsync();
        Assert.StartsWith("421 4.3.2", await waiting.Line());
        Assert.IsType<InvalidOperationException>(Assert.Single(failures));
    }

    private static SmtpListener Listen(Receiver receiver, SmtpServerOptions options, out IPEndPoint endPoint, TimeProvider? time = null)
    {
        var listener = new SmtpListener(new IPEndPoint(IPAddress.Loopback, 0), options, _ => receiver, time ?? TimeProvider.System, e => Assert.Fail(e.ToString()));
        endPoint = listener.Start();
        return listener;
    }

    private static async Task<Client> Connect(IPEndPoint endPoint)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(endPoint);
        return new Client(tcp);
    }

    private sealed class Client(TcpClient tcp) : IDisposable
    {
        private readonly StreamReader _reader = new(tcp.GetStream(), Encoding.ASCII);

        public async Task<string?> Line()
        {
            try
            {
                return await _reader.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1));
            }
            catch (IOException)
            {
                // Closed with something of ours unread.
                return null;
            }
        }

        public async Task Write(string text) => await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));

        public void Dispose() => tcp.Dispose();
    }

    private sealed class Receiver : ISmtpReceiver
    {
        public ConcurrentQueue<SmtpServerMessage> Messages { get; } = [];

        public bool Fails { get; init; }

        public ValueTask<SmtpServerReply> Sender(string sender, CancellationToken cancellationToken) =>
            Fails ? throw new InvalidOperationException("On purpose.") : ValueTask.FromResult(new SmtpServerReply(250, "2.1.0", "Ok"));

        public ValueTask<SmtpServerReply> Recipient(string recipient, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new SmtpServerReply(250, "2.1.5", "Ok"));

        public ValueTask<SmtpServerReply> Message(SmtpServerMessage message, CancellationToken cancellationToken)
        {
            Messages.Enqueue(message);
            return ValueTask.FromResult(new SmtpServerReply(250, "2.0.0", "Ok"));
        }
    }
}
