using System.Net;
using System.Net.Sockets;
using System.Text;
using Silo.Server.Access;
using Silo.Server.SesApi.Signing;

namespace Silo.Benchmarks.Send;

/// <summary>
/// Sends requests that were made and signed before, over plain sockets, one at a time on each connection: it should cost little
/// beside the server that it shares the machine with.
/// </summary>
internal sealed class SendClient(Uri endpoint, AccessKey? key, SendBenchmarkOptions options, TimeProvider time)
{
    private const string Path = "/v2/email/outbound-emails";

    private int _next;

    /// <summary>What the tenants' names begin with.</summary>
    public string Prefix { get; init; } = "tenant-";

    /// <summary>Requests that differ, used over and over.</summary>
    public int Distinct { get; init; } = 512;

    /// <summary>Sends this many requests and returns how long each took, in ms, in no order.</summary>
    public async Task<double[]> Run(int count)
    {
        var requests = Enumerable.Range(0, Distinct).Select(Request).ToArray();
        var milliseconds = new double[count];
        _next = -1;
        await Task.WhenAll(Enumerable.Range(0, options.Connections).Select(_ => Task.Run(() => Converse(requests, milliseconds))));
        return milliseconds;
    }

    private async Task Converse(byte[][] requests, double[] milliseconds)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, endpoint.Port));
        var buffer = new byte[4096];
        for (var i = Interlocked.Increment(ref _next); i < milliseconds.Length; i = Interlocked.Increment(ref _next))
        {
            var started = time.GetTimestamp();
            await socket.SendAsync(requests[i % requests.Length]);
            await ReadAnswer(socket, buffer);
            milliseconds[i] = time.GetElapsedTime(started).TotalMilliseconds;
        }
    }

    // An answer ends with the one JSON object that is its body.
    private static async Task ReadAnswer(Socket socket, byte[] buffer)
    {
        for (var length = 0; ;)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length));
            if (read == 0) throw new IOException("The server closed the connection.");
            length += read;
            if (buffer[length - 1] != '}') continue;
            if (!buffer.AsSpan(0, length).StartsWith("HTTP/1.1 200 "u8) || buffer.AsSpan(0, length).IndexOf("\"MessageId\""u8) < 0)
                throw new InvalidOperationException(Encoding.ASCII.GetString(buffer, 0, length));
            return;
        }
    }

    private byte[] Request(int number)
    {
        var text = new StringBuilder();
        for (var line = 0; text.Length < options.BodyBytes; line++)
            text.Append($"Line {line} of message {number}, of the length that lines of mail have.\\r\\n");
        var data = text.ToString(0, options.BodyBytes);
        // The cut may fall into the last escape.
        data = data[..data.LastIndexOf('.')];
        var body = Encoding.UTF8.GetBytes($$"""
            {"TenantName":"{{Prefix}}{{number % options.Tenants}}","ConfigurationSetName":"news",
            "FromEmailAddress":"News <news@sender.example>","Destination":{"ToAddresses":["user{{number}}@recipient.example"]},
            "Content":{"Simple":{"Subject":{"Data":"News of today, number {{number}}"},"Body":{"Text":{"Data":"{{data}}"} } } } }
            """);
        var host = endpoint.Authority;
        var head = $"POST {Path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n";
        if (key is not null)
        {
            var signature = new RequestSigner(key, "us-east-1").Sign("POST", Path, host, body, time.GetUtcNow());
            head += $"x-amz-date: {signature.Date}\r\nx-amz-content-sha256: {signature.BodySha256}\r\n";
            head += $"Authorization: {signature.Authorization}\r\n";
        }

        return [.. Encoding.ASCII.GetBytes(head + "\r\n"), .. body];
    }
}
