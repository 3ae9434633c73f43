using Silo.Dns.Servers;
using Xunit;

namespace Silo.Dns.Tests.Servers;

public class ResolvConfTests
{
    [Fact]
    public void Servers_are_read_in_order_and_what_is_none_is_passed_over()
    {
        var read = ResolvConf.Parse("""
            # nameserver 192.0.2.99
            ; nameserver 192.0.2.98
            domain example.org
            search example.org example.net
            nameserver 192.0.2.1
            nameserver	2001:db8::53   # two
            nameserver
            nameserver not-an-address
            nameserver fe80::1%7
             nameserver 192.0.2.2
            nameservers 192.0.2.97
            options ndots:1 timeout:1 attempts:9
            """.ReplaceLineEndings("\r\n"));

        Assert.Equal(["192.0.2.1:53", "[2001:db8::53]:53", "[fe80::1%7]:53", "192.0.2.2:53"], read.Servers.Select(s => s.ToString()));
        Assert.False(read.Rotates);
    }

    [Theory]
    [InlineData("")]
    [InlineData("search example.org\n")]
    public void Without_a_server_it_is_this_machine(string text) =>
        Assert.Equal("127.0.0.1:53", Assert.Single(ResolvConf.Parse(text).Servers).ToString());

    [Fact]
    public void A_file_that_cannot_be_read_is_an_empty_one()
    {
        foreach (var path in (string[])["/nonexistent/resolv.conf", "/"])
            Assert.Equal("127.0.0.1:53", Assert.Single(ResolvConf.Read(path).Servers).ToString());
    }

    [Fact]
    public void Rotation_is_an_option_and_more_than_sixteen_servers_are_not_taken()
    {
        var servers = string.Concat(Enumerable.Range(1, 20).Select(i => $"nameserver 192.0.2.{i}\n"));
        var read = ResolvConf.Parse($"options ndots:1 rotate\n{servers}");

        Assert.True(read.Rotates);
        Assert.Equal(16, read.Servers.Count);
    }

    [Fact]
    public async Task A_client_without_servers_asks_those_of_the_file()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "nameserver 127.9.9.9\n");
        await using var client = new DnsClient(new DnsClientOptions { ResolverFile = file }, TimeProvider.System, new Random(1));

        var answer = await client.Query("example.org", DnsRecordType.A, default);

        Assert.StartsWith("127.9.9.9:53 ", answer.Detail, StringComparison.Ordinal);
        File.Delete(file);
    }
}
