using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Silo.Server.Tests.Delivery.Ses;

/// <summary>One call as it came in, whole.</summary>
internal sealed record SesCall(int Connection, string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    public string Recipient => Json["Destination"]!["ToAddresses"]![0]!.GetValue<string>();
}

/// <summary>An HTTP server on loopback whose every answer a test chooses, byte by byte.</summary>
internal sealed class ScriptedSes : IAsyncDisposable
{
    public const string Limits = """{"SendQuota":{"Max24HourSend":-1,"MaxSendRate":-1,"SentLast24Hours":0},"SendingEnabled":true,"EnforcementStatus":"HEALTHY"}""";

    private readonly LoopbackListener _listener;
    private readonly ConcurrentQueue<SesCall> _sends = new();
    private int _accountCalls;
    private int _brokenAnswers;

    public ScriptedSes() => _listener = new LoopbackListener(Talk);

    /// <summary>
    /// What is written back for a send: null is silence, "" closes the connection. The call is counted before.
    /// </summary>
    public Func<SesCall, string?> Answer { get; set; } = _ => Ok();

    /// <summary>The same for GetAccount.</summary>
    public Func<string?> Account { get; set; } = () => Reply(200, Limits);

    /// <summary>Bytes of a body that are read before the connection is reset; null reads all.</summary>
    public int? ReadsAtMost { get; set; }

    /// <summary>Closes the writing side behind each answer.</summary>
    public bool ClosesAfterAnswer { get; set; }

    public IReadOnlyCollection<SesCall> Sends => _sends;

    public int AccountCalls => Volatile.Read(ref _accountCalls);

    /// <summary>Answers that the other side did not take whole.</summary>
    public int BrokenAnswers => Volatile.Read(ref _brokenAnswers);

    public string Endpoint => $"http://127.0.0.1:{_listener.Port}";

    public static string Ok(string id = "0100-1") => Reply(200, $$"""{"MessageId":"{{id}}"}""");

    public static string Error(int status, string code, string message, string more = "") =>
        Reply(status, new JsonObject { ["message"] = message }.ToJsonString(), $"x-amzn-ErrorType: {code}\r\n{more}");

    public static string Reply(int status, string body, string headers = "") => string.Create(CultureInfo.InvariantCulture,
        $"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}\r\n{body}");

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task Talk(TcpClient client, int connection)
    {
        var isAnswering = false;
        try
        {
            var stream = client.GetStream();
            while (await Read(stream, connection) is { } call)
            {
                string? answer;
                if (call.Path == "/v2/email/account")
                {
                    Interlocked.Increment(ref _accountCalls);
                    answer = Account();
                }
                else
                {
                    _sends.Enqueue(call);
                    answer = Answer(call);
                }

                if (answer is { Length: 0 }) break;
                isAnswering = true;
                if (answer is not null) await stream.WriteAsync(Encoding.Latin1.GetBytes(answer));
                isAnswering = false;
                if (ClosesAfterAnswer) break;
            }

            client.Dispose();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client left, or the test is over.
            if (isAnswering) Interlocked.Increment(ref _brokenAnswers);
        }
    }

    private async Task<SesCall?> Read(NetworkStream stream, int connection)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!EndsHead(head))
        {
            if (await stream.ReadAsync(one) == 0) return null;
            head.Add(one[0]);
        }

        var lines = Encoding.Latin1.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(l => l.Split(':', 2)).ToDictionary(l => l[0].Trim(), l => l[1].Trim(), StringComparer.OrdinalIgnoreCase);
        var length = headers.TryGetValue("content-length", out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        if (ReadsAtMost is { } most && length > most)
        {
            await stream.ReadExactlyAsync(new byte[most]);
            stream.Socket.LingerState = new LingerOption(true, 0);
            stream.Socket.Close();
            return null;
        }

        var body = new byte[length];
        await stream.ReadExactlyAsync(body);
        var request = lines[0].Split(' ');
        return new SesCall(connection, request[0], request[1], headers, body);
    }

    private static bool EndsHead(List<byte> head) =>
        head.Count >= 4 && head[^1] == '\n' && head[^2] == '\r' && head[^3] == '\n' && head[^4] == '\r';
}
