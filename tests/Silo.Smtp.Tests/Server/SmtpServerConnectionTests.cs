using System.Net;
using System.Text;
using Silo.Smtp.Server;
using Silo.Testing;
using Xunit;

namespace Silo.Smtp.Tests.Server;

public sealed class SmtpServerConnectionTests
{
    private static readonly SmtpServerOptions Options = new()
    {
        HostName = "in.example", Authentication = SmtpAuthentication.Always, MaxMessageBytes = 20_000, MaxBufferBytes = 40_000,
        SessionTimeout = TimeSpan.FromHours(5), MinBytesPerSecond = 10,
    };

    private const string Begin = "EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n";
    private static readonly byte[] Letter = "x"u8.ToArray();

    [Fact]
    public async Task A_command_that_comes_letter_by_letter_has_its_time_as_a_whole()
    {
        var time = new HostileTimeProvider();
        var stream = new ScriptedStream(Enumerable.Repeat(Letter, 1_000)) { Pause = (time, TimeSpan.FromMinutes(1)) };
        await Run(stream, time);
        Assert.EndsWith("421 4.4.2 Timeout waiting for data from client\r\n", stream.Written);
        Assert.Equal(4, stream.Pieces);
    }

    [Fact]
    public async Task A_message_below_the_least_speed_is_given_up_and_one_above_it_is_not()
    {
        var (slow, fast) = (new HostileTimeProvider(), new HostileTimeProvider());
        var trickle = new ScriptedStream([Encoding.ASCII.GetBytes(Begin), .. Enumerable.Repeat(new byte[60], 300)])
        {
            Pause = (slow, TimeSpan.FromSeconds(10)),
        };
        await Run(trickle, slow);
        Assert.EndsWith("421 4.4.2 Timeout waiting for data from client\r\n", trickle.Written);
        // 6 bytes a second of 10, after 300 s: at 750 s it is behind.
        Assert.InRange(trickle.Pieces, 70, 80);
        var enough = new ScriptedStream(
            [Encoding.ASCII.GetBytes(Begin), .. Enumerable.Repeat(Encoding.ASCII.GetBytes(new string('x', 60) + "\r\n"), 250), "\r\n.\r\n"u8.ToArray()])
        {
            Pause = (fast, TimeSpan.FromSeconds(6)),
        };
        await Run(enough, fast);
        Assert.Contains("354 End data", enough.Written);
        Assert.EndsWith("250 2.0.0 Stored\r\n", enough.Written);
    }

    [Fact]
    public async Task Silence_in_a_message_is_not_paid_for_by_what_came_before()
    {
        var time = new HostileTimeProvider();
        var stream = new ScriptedStream([Encoding.ASCII.GetBytes(Begin), new byte[16_000], Letter])
        {
            Before = piece => time.Advance(piece == 2 ? TimeSpan.FromMinutes(6) : TimeSpan.Zero),
        };
        await Run(stream, time);
        Assert.EndsWith("421 4.4.2 Timeout waiting for data from client\r\n", stream.Written);
    }

    [Fact]
    public async Task A_stop_waits_for_the_end_of_a_transaction_and_takes_no_other()
    {
        using var drain = new CancellationTokenSource();
        var stream = new ScriptedStream(new[] { Begin, "one\r\n.\r\n", "MAIL FROM:<e@f>\r\n" }.Select(Encoding.ASCII.GetBytes))
        {
            Before = piece =>
            {
                if (piece == 1) drain.Cancel();
            },
        };
        await Run(stream, TimeProvider.System, drain.Token);
        Assert.EndsWith("250 2.0.0 Stored\r\n421 4.3.2 Service closing, come back later\r\n", stream.Written);
        Assert.Equal(2, stream.Pieces);
    }

    [Fact]
    public async Task A_stop_ends_who_is_between_transactions_at_once()
    {
        using var drain = new CancellationTokenSource();
        var stream = new ScriptedStream(new[] { "EHLO c\r\n", "MAIL FROM:<e@f>\r\n" }.Select(Encoding.ASCII.GetBytes))
        {
            Before = piece =>
            {
                if (piece == 1) drain.Cancel();
            },
        };
        await Run(stream, TimeProvider.System, drain.Token);
        Assert.EndsWith("421 4.3.2 Service closing, come back later\r\n", stream.Written);
        Assert.Equal(1, stream.Pieces);
    }

    [Fact]
    public async Task Damaged_dialogues_end_in_nothing_but_a_closed_connection_and_leave_no_memory_behind()
    {
        var sample = Encoding.ASCII.GetBytes(
            $"{Begin}Subject: x\r\n\r\nx\r\n.\r\nAUTH PLAIN AHVzZXIAb3Blbg==\r\nRSET\r\nMAIL FROM:<x@y> SIZE=3\r\nRCPT TO:<\"q\\\"\"@z>\r\nBDAT 4\r\nab\r\n"
            + "BDAT 3 LAST\r\nx\r\nAUTH LOGIN dXNlcg==\r\nb3Blbg==\r\nSTARTTLS\r\nMAIL FROM:<x@y>\r\nRCPT TO:<c@d>\r\nDATA\r\n..\r\n.\r\nQUIT\r\n");
        var load = new SmtpServerLoad(10, 10, 40_000);
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var input = Damage([.. sample], random);
            var piece = random.Next(1, 60);
            var stream = new ScriptedStream(input.Chunk(piece));
            try
            {
                await Run(stream, TimeProvider.System, default, load);
                Assert.Equal(0, load.BufferedBytes);
                Assert.InRange(stream.Written.Length, 1, 200_000);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
            }
        }
    }

    private static List<byte> Damage(List<byte> input, Random random)
    {
        for (var n = random.Next(1, 8); n > 0; n--)
        {
            var at = random.Next(input.Count);
            switch (random.Next(4))
            {
                case 0:
                    input[at] = (byte)random.Next(256);
                    break;
                case 1:
                    input.RemoveAt(at);
                    break;
                case 2:
                    input.Insert(at, (byte)"0123456789\r\n\0. <>"[random.Next(17)]);
                    break;
                default:
                    input.InsertRange(at, input.GetRange(random.Next(input.Count / 2), random.Next(input.Count / 2)));
                    break;
            }
        }

        return input;
    }

    private static Task Run(Stream stream, TimeProvider time, CancellationToken drain = default, SmtpServerLoad? load = null) =>
        new SmtpServerConnection(
            stream, new SmtpPeer(IPAddress.Loopback), Options, load ?? new SmtpServerLoad(10, 10, 40_000), new Receiver(), time)
            .Run(drain, CancellationToken.None);

    private sealed class Receiver : ISmtpReceiver
    {
        public ValueTask<SmtpServerReply> Authenticate(SmtpCredentials credentials, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new SmtpServerReply(235, "2.7.0", "Welcome"));

        public ValueTask<SmtpServerReply> Sender(string sender, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new SmtpServerReply(250, "2.1.0", "Ok"));

        public ValueTask<SmtpServerReply> Recipient(string recipient, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new SmtpServerReply(250, "2.1.5", "Ok"));

        public ValueTask<SmtpServerReply> Message(SmtpServerMessage message, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new SmtpServerReply(250, "2.0.0", "Stored"));
    }
}
