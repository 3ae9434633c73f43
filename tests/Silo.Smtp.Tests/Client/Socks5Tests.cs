using System.Net;
using System.Net.Sockets;
using Silo.Smtp.Client;
using Silo.Testing;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.Smtp.Tests.Client;

public class Socks5Tests
{
    [Theory]
    [InlineData(null)]
    [InlineData("user:secret")]
    public async Task Behind_the_proxy_the_server_is_heard_from_its_first_byte(string? credential)
    {
        await using var sink = new SinkServer();
        await using var proxy = new SocksProxy { Credential = credential };
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.EndPoint);
        var to = new IPEndPoint(IPAddress.Loopback, sink.Port);
        var login = credential is null ? null : new SmtpCredential("user", "secret");
        Assert.Equal((SocksResult.Connected, null), await Socks5.Connect(client.GetStream(), to, login, default));
        Assert.Equal(to, Assert.Single(proxy.Asked));
        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("220 ", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user:other")]
    [InlineData(null)]
    public async Task A_proxy_that_wants_another_login_has_failed(string? given)
    {
        await using var proxy = new SocksProxy { Credential = "user:secret" };
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.EndPoint);
        var login = given is null ? null : new SmtpCredential("user", "other");
        var (result, detail) = await Socks5.Connect(client.GetStream(), new IPEndPoint(IPAddress.Loopback, 25), login, default);
        Assert.Equal(SocksResult.ProxyFailed, result);
        Assert.NotNull(detail);
        Assert.Empty(proxy.Asked);
    }

    [Theory]
    [InlineData(1, SocksResult.ProxyFailed)]
    [InlineData(2, SocksResult.ProxyFailed)]
    [InlineData(3, SocksResult.Unreachable)]
    [InlineData(4, SocksResult.Unreachable)]
    [InlineData(5, SocksResult.Unreachable)]
    [InlineData(6, SocksResult.Unreachable)]
    [InlineData(7, SocksResult.ProxyFailed)]
    [InlineData(200, SocksResult.ProxyFailed)]
    public async Task A_refusal_tells_whether_the_proxy_or_the_address_is_at_fault(byte code, SocksResult expected)
    {
        await using var proxy = new SocksProxy { Refusal = code };
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.EndPoint);
        var (result, detail) = await Socks5.Connect(client.GetStream(), new IPEndPoint(IPAddress.Parse("192.0.2.1"), 25), null, default);
        Assert.Equal(expected, result);
        Assert.NotNull(detail);
    }

    [Fact]
    public async Task What_is_no_proxy_is_told_so_and_never_waited_for()
    {
        await using var sink = new SinkServer();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, sink.Port);
        Assert.Equal(
            (SocksResult.ProxyFailed, "the proxy does not speak SOCKS5"),
            await Socks5.Connect(client.GetStream(), new IPEndPoint(IPAddress.Loopback, 25), null, default));

        await using var mute = new SinkServer(new SinkOptions { Misbehaviour = SinkMisbehaviour.NeverGreets });
        using var second = new TcpClient();
        await second.ConnectAsync(IPAddress.Loopback, mute.Port);
        Assert.Equal(
            SocksResult.ProxyFailed,
            (await Socks5.Connect(second.GetStream(), new IPEndPoint(IPAddress.Loopback, 25), null, new CancellationToken(true))).Result);
    }
}
