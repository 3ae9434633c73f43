using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Silo.Core.Dkim;
using Silo.LoadTest.Sinks;
using Silo.LoadTest.Sinks.Accounting;
using Silo.LoadTest.Sinks.Smtp;
using Xunit;

namespace Silo.LoadTest.Tests.Sinks;

public sealed class SmtpSinkTests
{
    private static SinkOptions Options => new() { Run = "1a" };

    [Fact]
    public async Task A_session_is_the_same_whole_and_byte_by_byte()
    {
        const string session = "EHLO test\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<ok.1a.1.2.0@gmail.com>\r\nDATA\r\n";
        var message = SinkClient.Content(SinkClient.Mark(1, 2, 0)) + "\r\n..dots\r\n.\r\n";
        const string more = "MAIL FROM:<> SIZE=5 BODY=8BITMIME\r\nRCPT TO:<ok.1a.1.2.1@gmail.com>\r\nDATA\r\n.\r\n"
            + "RSET\r\nNOOP\r\nWHAT\r\nQUIT\r\n";
        var whole = await Replies(piece: int.MaxValue);
        Assert.Equal(whole, await Replies(piece: 1));
        Assert.Equal(whole, await Replies(piece: 7));
        Assert.Equal(2, whole.Split('\n').Count(l => l.StartsWith("250 2.0.0 Ok: taken", StringComparison.Ordinal)));
        Assert.EndsWith("221 2.0.0 Bye\r\n", whole, StringComparison.Ordinal);

        async Task<string> Replies(int piece)
        {
            await using var sink = new SmtpSink(Options);
            using var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(sink.Endpoint);
            var bytes = Encoding.ASCII.GetBytes(session + message + more);
            foreach (var part in bytes.Chunk(Math.Min(piece, bytes.Length))) await client.GetStream().WriteAsync(part);
            return await new StreamReader(client.GetStream()).ReadToEndAsync();
        }
    }

    [Fact]
    public async Task Commands_out_of_turn_are_refused_and_the_session_goes_on()
    {
        await using var sink = new SmtpSink(Options);
        await using var client = await SinkClient.Connect(sink.Endpoint);
        Assert.StartsWith("503", await client.Say("RCPT TO:<a@b.example>"), StringComparison.Ordinal);
        Assert.StartsWith("503", await client.Say("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.Say("MAIL FROM:<>"), StringComparison.Ordinal);
        Assert.StartsWith("503", await client.Say("MAIL FROM:<>"), StringComparison.Ordinal);
        Assert.StartsWith("501", await client.Say("RCPT TO:nobody"), StringComparison.Ordinal);
        Assert.StartsWith("501", await client.Say($"RCPT TO:<{new string('a', 300)}@b.example>"), StringComparison.Ordinal);
        await client.Say("RSET");
        Assert.StartsWith("250", await client.Send(SinkClient.Mark(1, 1, 0)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_beyond_the_limit_is_refused_and_counts_as_refused()
    {
        await using var sink = new SmtpSink(Options with { MaxMessageBytes = 2_000 });
        await using var client = await SinkClient.Connect(sink.Endpoint);
        var mark = SinkClient.Mark(1, 1, 0);
        var content = SinkClient.Content(mark) + new string('a', 50_000) + "\r\n";
        Assert.StartsWith("552", await client.Send(mark, content: content), StringComparison.Ordinal);
        Assert.Equal(1, sink.Tally().Refused);
    }

    [Fact]
    public async Task A_connection_beyond_the_limit_is_told_to_come_back()
    {
        await using var sink = new SmtpSink(Options with { MaxConnections = 1 });
        await using var first = await SinkClient.Connect(sink.Endpoint);
        using var second = new TcpClient();
        await second.ConnectAsync(sink.Endpoint);
        Assert.StartsWith("421", await new StreamReader(second.GetStream()).ReadToEndAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await first.Say("NOOP"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_comes_in_the_clear_behind_STARTTLS_is_not_obeyed()
    {
        using var certificate = SelfSigned.Certificate("localhost", TimeProvider.System);
        await using var sink = new SmtpSink(Options with { Certificate = certificate });
        using var client = new TcpClient();
        await client.ConnectAsync(sink.Endpoint);
        var stream = client.GetStream();
        await stream.WriteAsync("EHLO test\r\nSTARTTLS\r\nMAIL FROM:<injected@b.example>\r\n"u8.ToArray());
        var seen = new StringBuilder();
        var buffer = new byte[1];
        while (!seen.ToString().Contains("220 2.0.0 Go ahead\r\n", StringComparison.Ordinal) && await stream.ReadAsync(buffer) == 1)
            seen.Append((char)buffer[0]);
        Assert.Contains("250-STARTTLS", seen.ToString(), StringComparison.Ordinal);
        await using var secure = new SslStream(stream, false, (_, _, _, _) => true);
        await secure.AuthenticateAsClientAsync("localhost");
        await secure.WriteAsync("EHLO test\r\nRCPT TO:<a@b.example>\r\nQUIT\r\n"u8.ToArray());
        var replies = await new StreamReader(secure).ReadToEndAsync();
        Assert.Contains("503 5.5.1 MAIL first", replies, StringComparison.Ordinal);
        Assert.DoesNotContain("STARTTLS", replies, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signature_is_checked_against_its_key_its_body_and_its_tenant()
    {
        using var rsa = RSA.Create(1024);
        using var other = RSA.Create(1024);
        var record = DkimKeyRecord.Write(rsa.ExportSubjectPublicKeyInfo());
        await using var sink = new SmtpSink(Options with
        {
            Checks = new SinkChecks
            {
                AuthorDomain = "t{tenant}.load.example", DkimShare = 1,
                DkimKeys = name => name.EndsWith(".load.example", StringComparison.Ordinal) ? [record] : [],
            },
        });
        await using var client = await SinkClient.Connect(sink.Endpoint);
        // With a line of dots, which are stuffed on their way.
        await Send(0, Signed(0, rsa, "t1.load.example") + "..more\r\n", expected: 1);
        await Send(1, Signed(1, rsa, "t1.load.example"), expected: 1);
        await Send(2, Signed(2, rsa, "t1.load.example").Replace("Hello", "Hallo", StringComparison.Ordinal), expected: 2);
        await Send(3, Signed(3, other, "t1.load.example"), expected: 3);
        await Send(4, Signed(4, rsa, "t2.load.example"), expected: 4);
        await Send(5, SinkClient.Content(SinkClient.Mark(1, 1, 5)), expected: 5);
        Assert.Equal(SinkFault.Dkim, Assert.Single(sink.Tally().Violations).Fault);

        async Task Send(int number, string content, int expected)
        {
            await client.Send(SinkClient.Mark(1, 1, number), content: content);
            Assert.Equal(expected, sink.Tally().Of(SinkFault.Dkim));
        }

        static string Signed(int number, RSA rsa, string domain)
        {
            var key = new DkimKey(domain, "s", hash => rsa.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
            var plain = Encoding.ASCII.GetBytes(SinkClient.Content(SinkClient.Mark(1, 1, number)) + ".dots\r\n");
            return Encoding.ASCII.GetString(DkimSigner.Sign(plain, [key], TimeProvider.System.GetUtcNow())!.Value.Span)
                .Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_share_of_signatures_is_looked_at_evenly()
    {
        await using var sink = new SmtpSink(Options with { Checks = new SinkChecks { DkimShare = 0.25 } });
        await using var client = await SinkClient.Connect(sink.Endpoint);
        for (var number = 0; number < 40; number++) await client.Send(SinkClient.Mark(1, 1, number));
        Assert.Equal(10, sink.Tally().Of(SinkFault.Dkim));
    }
}
