using System.Net;
using System.Net.Sockets;
using System.Text;
using Silo.LoadTest.Doors;
using Xunit;

namespace Silo.LoadTest.Tests.Doors;

public sealed class HttpWireTests
{
    [Theory]
    [InlineData("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 5\r\n\r\nlater", 429, "later")]
    [InlineData("HTTP/1.1 503 Unavailable\r\nTRANSFER-ENCODING: chunked\r\n\r\n3\r\nlat\r\n2;x=y\r\ner\r\n0\r\n\r\n", 503, "later")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nmail", 200, "")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", 400, "")]
    public async Task An_answer_is_read_to_its_end_and_the_connection_serves_the_next(string answer, int status, string body)
    {
        await using var server = new ScriptedServer(answer, answer);
        await using var wire = server.Wire();
        for (var i = 0; i < 2; i++)
        {
            Assert.True(await wire.TryOpen(default));
            Assert.Equal(new HttpAnswer(status, body), await wire.Call("POST", "/v2/email/outbound-emails", "{}"u8.ToArray(), default));
        }

        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task A_server_that_closes_behind_its_answer_gets_a_new_connection()
    {
        const string answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        await using var server = new ScriptedServer(answer, answer);
        await using var wire = server.Wire();
        for (var i = 0; i < 2; i++)
        {
            Assert.True(await wire.TryOpen(default));
            Assert.Equal(200, (await wire.Call("POST", "/", "{}"u8.ToArray(), default)).Status);
        }

        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 20")]
    [InlineData("220 mail.example ESMTP\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")]
    public async Task What_is_no_answer_leaves_it_unknown_what_became_of_the_call(string answer)
    {
        await using var server = new ScriptedServer(answer);
        await using var wire = server.Wire();
        Assert.True(await wire.TryOpen(default));
        await Assert.ThrowsAsync<IOException>(async () => await wire.Call("POST", "/", "{}"u8.ToArray(), default));
    }

    /// <summary>
    /// Answers each request with the next text, on the same connection unless that says otherwise; closes it behind the last.
    /// </summary>
    private sealed class ScriptedServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _serving;

        public ScriptedServer(params string[] answers)
        {
            _listener.Start();
            _serving = Serve(answers);
        }

        public int Connections { get; private set; }

        public HttpWire Wire() => new(
            new Uri($"http://{_listener.LocalEndpoint}"), new SesDoorOptions([], "AKIATEST00000000", "secret"), TimeProvider.System);

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
        }

        private async Task Serve(string[] answers)
        {
            try
            {
                for (var next = 0; next < answers.Length;)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    Connections++;
                    await using var stream = client.GetStream();
                    for (var closes = false; !closes && next < answers.Length; next++)
                    {
                        var request = new StringBuilder();
                        var buffer = new byte[4096];
                        while (!request.ToString().EndsWith("\r\n\r\n{}", StringComparison.Ordinal))
                            request.Append(Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer)));
                        await stream.WriteAsync(Encoding.ASCII.GetBytes(answers[next]));
                        closes = answers[next].Contains("Connection: close", StringComparison.Ordinal);
                    }
                }
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
            {
                // The client left, or the test is over.
            }
        }
    }
}
