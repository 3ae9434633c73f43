using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Silo.Smtp.Server;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.Smtp.Tests.Server;

public sealed class SmtpTlsTests
{
    private static readonly SmtpServerOptions Options = new()
    {
        HostName = "in.example", Authentication = SmtpAuthentication.OverTls,
        Tls = () => new SslServerAuthenticationOptions { ServerCertificate = SelfSigned.Certificate("in.example") },
    };

    [Fact]
    public async Task After_STARTTLS_a_dialogue_begins_anew_and_ends_with_a_word_of_TLS()
    {
        await using var listener = Listen(Options, out var endPoint);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(endPoint);
        Assert.Contains("STARTTLS", await Say(tcp.GetStream(), "EHLO c\r\n"));
        Assert.StartsWith("220", await Say(tcp.GetStream(), "STARTTLS\r\n"));
        await using var tls = await Encrypt(tcp);
        Assert.StartsWith("503", await Say(tls, "MAIL FROM:<a@b>\r\n"));
        Assert.Contains("AUTH PLAIN LOGIN", await Say(tls, "EHLO c\r\n"));
        Assert.StartsWith("235", await Say(tls, "AUTH PLAIN AHVzZXIAb3Blbg==\r\n"));
        Assert.StartsWith("221", await Say(tls, "QUIT\r\n"));
        Assert.Equal(0, await tls.ReadAsync(new byte[1]));
    }

    [Fact]
    public async Task An_endpoint_of_implicit_TLS_says_nothing_before_the_handshake_and_offers_no_other()
    {
        await using var listener = Listen(Options with { IsTlsImplicit = true }, out var endPoint);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(endPoint);
        await using var tls = await Encrypt(tcp);
        Assert.StartsWith("220", await Read(tls));
        var hello = await Say(tls, "EHLO c\r\n");
        Assert.DoesNotContain("STARTTLS", hello);
        Assert.Contains("AUTH PLAIN LOGIN", hello);
    }

    [Fact]
    public async Task A_peer_that_makes_no_handshake_is_closed_and_counted()
    {
        var seen = new TaskCompletionSource<SmtpServerEvent>();
        await using var listener = Listen(Options with { IsTlsImplicit = true, Happened = e => seen.TrySetResult(e) }, out var endPoint);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(endPoint);
        await tcp.GetStream().WriteAsync("EHLO c\r\nEHLO c\r\nEHLO c\r\n"u8.ToArray());
        Assert.Equal(SmtpServerEvent.HandshakeFailed, await seen.Task.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    private static SmtpListener Listen(SmtpServerOptions options, out IPEndPoint endPoint)
    {
        var listener = new SmtpListener(
            new IPEndPoint(IPAddress.Loopback, 0), options, _ => new Receiver(), TimeProvider.System, e => Assert.Fail(e.ToString()));
        endPoint = listener.Start();
        return listener;
    }

    private static async Task<SslStream> Encrypt(TcpClient tcp)
    {
        var tls = new SslStream(tcp.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("in.example");
        return tls;
    }

    private static async Task<string> Say(Stream stream, string text)
    {
        // The greeting comes before anything that is said.
        if (stream is NetworkStream && text.StartsWith("EHLO", StringComparison.Ordinal)) await Read(stream);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text));
        return await Read(stream);
    }

    /// <summary>One reply, with all of its lines.</summary>
    private static async Task<string> Read(Stream stream)
    {
        var text = new StringBuilder();
        var next = new byte[1];
        var lineStart = 0;
        while (await stream.ReadAsync(next).AsTask().WaitAsync(TimeSpan.FromMinutes(1)) == 1)
        {
            text.Append((char)next[0]);
            if (next[0] != '\n') continue;
            if (text[lineStart + 3] == ' ') return text.ToString();
            lineStart = text.Length;
        }

        return text.ToString();
    }

    private sealed class Receiver : ISmtpReceiver
    {
        public ValueTask<SmtpServerReply> Authenticate(SmtpCredentials credentials, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new SmtpServerReply(235, "2.7.0", "Welcome"));

        public ValueTask<SmtpServerReply> Sender(string sender, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<SmtpServerReply> Recipient(string recipient, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<SmtpServerReply> Message(SmtpServerMessage message, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
