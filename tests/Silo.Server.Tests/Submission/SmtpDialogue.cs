using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Silo.Server.Tests.Submission;

/// <summary>A client that says what it is told and reads whole replies.</summary>
internal sealed class SmtpDialogue : IAsyncDisposable
{
    private readonly TcpClient _tcp;
    private Stream _stream;

    private SmtpDialogue(TcpClient tcp) => (_tcp, _stream) = (tcp, tcp.GetStream());

    /// <param name="from">The address of loopback that it comes from.</param>
    public static async Task<SmtpDialogue> Open(IPEndPoint endPoint, string from = "127.0.0.1", bool isTls = false)
    {
        var tcp = new TcpClient(new IPEndPoint(IPAddress.Parse(from), 0));
        await tcp.ConnectAsync(endPoint);
        var dialogue = new SmtpDialogue(tcp);
        if (isTls) await dialogue.Encrypt();
        await dialogue.Read();
        await dialogue.Say("EHLO client.example");
        return dialogue;
    }

    public async Task<string> Say(string line)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"));
        return await Read();
    }

    public Task<string> Login(string user, string password) =>
        Say("AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}")));

    public async Task StartTls()
    {
        await Say("STARTTLS");
        await Encrypt();
        await Say("EHLO client.example");
    }

    /// <summary>The last reply, or the first that was no yes.</summary>
    public async Task<string> Send(string sender, IEnumerable<string> recipients, string message)
    {
        var text = message.ReplaceLineEndings("\r\n").Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        string[] commands = [$"MAIL FROM:{sender}", .. recipients.Select(r => $"RCPT TO:<{r}>"), "DATA", text + "\r\n."];
        foreach (var command in commands)
        {
            var reply = await Say(command);
            if (reply[0] is not ('2' or '3') || command == commands[^1]) return reply;
        }

        throw new InvalidOperationException();
    }

    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task Encrypt()
    {
        var tls = new SslStream(_stream, false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("localhost");
        _stream = tls;
    }

    private async Task<string> Read()
    {
        var reply = new StringBuilder();
        var next = new byte[1];
        for (var lineStart = 0; await _stream.ReadAsync(next).AsTask().WaitAsync(TimeSpan.FromMinutes(1)) == 1;)
        {
            reply.Append((char)next[0]);
            if (next[0] != '\n') continue;
            if (reply[lineStart + 3] == ' ') break;
            lineStart = reply.Length;
        }

        return reply.ToString().TrimEnd();
    }
}
