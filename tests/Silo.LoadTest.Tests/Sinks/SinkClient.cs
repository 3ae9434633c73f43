using System.Net;
using System.Net.Sockets;
using System.Text;
using Silo.LoadTest.Marks;

namespace Silo.LoadTest.Tests.Sinks;

/// <summary>Speaks SMTP to a sink, one command at a time.</summary>
internal sealed class SinkClient : IAsyncDisposable
{
    private readonly TcpClient _client;
    private readonly StreamReader _reader;
    private readonly NetworkStream _stream;

    private SinkClient(TcpClient client)
    {
        _client = client;
        _stream = client.GetStream();
        _reader = new StreamReader(_stream, Encoding.ASCII);
    }

    public static async Task<SinkClient> Connect(IPEndPoint endpoint)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(endpoint);
        var client = new SinkClient(tcp);
        await client.Reply();
        await client.Say("EHLO test");
        return client;
    }

    public static LoadMark Mark(int tenant, int lane, long number, string run = "1a") =>
        new(run, tenant, lane, number, 638_000_000_000_000_000);

    /// <summary>A whole message of that mark.</summary>
    public static string Content(LoadMark mark, string? author = null) =>
        $"From: News <hello@{author ?? $"t{mark.Tenant}.load.example"}>\r\n{LoadMark.Header}: {mark}\r\nSubject: A load\r\n\r\nHello\r\n";

    public async Task<string> Say(string line)
    {
        await Write(line + "\r\n");
        return await Reply();
    }

    public async Task Write(string text) => await _stream.WriteAsync(Encoding.ASCII.GetBytes(text));

    /// <summary>The last line of the next reply; empty at the end.</summary>
    public async Task<string> Reply()
    {
        string? line;
        do line = await _reader.ReadLineAsync();
        while (line is { Length: > 3 } && line[3] == '-');
        return line ?? "";
    }

    /// <summary>Sends a message, and answers with the reply that decided.</summary>
    public Task<string> Send(LoadMark mark, LoadFate fate = LoadFate.Profile, string domain = "gmail.com", string? content = null) =>
        Send(new LoadAddress(fate, mark.Run, mark.Tenant, mark.Lane, mark.Number, domain).ToString(), content ?? Content(mark));

    public async Task<string> Send(string recipient, string content)
    {
        await Say("MAIL FROM:<hello@load.example>");
        if (await Say($"RCPT TO:<{recipient}>") is var no && no[0] != '2')
        {
            if (!no.StartsWith("421", StringComparison.Ordinal)) await Say("RSET");
            return no;
        }

        await Say("DATA");
        await Write(content + ".\r\n");
        return await Reply();
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
