using System.Net;
using Silo.Dns;
using Silo.Server.Delivery.Mx;
using Xunit;

namespace Silo.Server.Tests.Delivery.Mx;

public class MxHostsTests
{
    [Fact]
    public void Hosts_come_by_preference_and_equal_ones_in_every_order()
    {
        var firsts = new HashSet<string>();
        for (var seed = 0; seed < 200; seed++)
        {
            var hosts = From(seed, (20, "c.example"), (10, "a.example"), (30, "d.example"), (10, "b.example")).InOrder;
            Assert.True(hosts is ["a.example" or "b.example", "a.example" or "b.example", "c.example"], $"seed {seed}");
            firsts.Add(hosts[0]);
        }

        Assert.Equal(2, firsts.Count);
    }

    [Fact]
    public void A_null_MX_counts_only_alone()
    {
        Assert.Equal(MxHostsKind.NullMx, From(0, (0, "")).Kind);
        Assert.Equal(["a.example"], From(0, (0, ""), (10, "a.example")).InOrder);
    }

    [Fact]
    public void Our_own_name_and_all_that_is_not_better_are_left_out()
    {
        Assert.Equal(["a.example"], From(0, (10, "a.example"), (20, "Ours.example"), (20, "b.example"), (30, "c.example")).InOrder);
        Assert.Equal(MxHostsKind.Ours, From(0, (10, "ours.example"), (10, "b.example"), (20, "c.example")).Kind);
    }

    [Fact]
    public void An_address_is_no_host()
    {
        Assert.Equal(["a.example"], From(0, (10, "192.0.2.1"), (20, "a.example")).InOrder);
        Assert.Equal(MxHostsKind.NoHost, From(0, (10, "192.0.2.1")).Kind);
    }

    [Fact]
    public void More_hosts_than_allowed_and_hosts_named_twice_are_left_out()
    {
        Assert.Equal(["h0.example", "h1.example", "h2.example"],
            From(0, [.. Enumerable.Range(0, 500).Select(i => (i, $"h{i}.example"))]).InOrder);
        Assert.Equal(["a.example"], From(0, (10, "a.example"), (20, "a.example")).InOrder);
    }

    [Theory]
    [InlineData("192.0.2.1", true)]
    [InlineData("10.0.0.1", true)]
    [InlineData("2001:db8::1", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.9.9.9", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::", false)]
    [InlineData("0.1.2.3", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("::ffff:169.254.169.254", false)]
    [InlineData("fe80::1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("ff02::1", false)]
    public void A_strangers_name_does_not_lead_to_this_machine(string address, bool expected)
    {
        Assert.Equal(expected, MxAddress.IsElsewhere(IPAddress.Parse(address), allowLoopback: false));
        if (!expected) return;
        Assert.True(MxAddress.IsElsewhere(IPAddress.Loopback, allowLoopback: true));
    }

    private static MxHosts From(int seed, params (int Preference, string Exchange)[] records) => MxHosts.From(
        records.Select(r => new MxRecord("d.example", TimeSpan.Zero, r.Preference, r.Exchange)),
        name => name.Equals("ours.example", StringComparison.OrdinalIgnoreCase), new Random(seed), most: 3);
}
