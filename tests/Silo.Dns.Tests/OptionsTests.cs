using System.Net;
using Xunit;

namespace Silo.Dns.Tests;

public class OptionsTests
{
    public static TheoryData<string> Wrong => [.. Wrongs.Keys];

    private static Dictionary<string, DnsClientOptions> Wrongs { get; } = new()
    {
        ["Servers"] = new() { Servers = [.. Enumerable.Range(1, 17).Select(i => new IPEndPoint(IPAddress.Loopback, i))] },
        ["Timeout"] = new() { Timeout = TimeSpan.Zero },
        ["Tries"] = new() { Tries = 0 },
        ["MaxQuestionsUnderWay"] = new() { MaxQuestionsUnderWay = 0 },
        ["MaxCacheEntries"] = new() { MaxCacheEntries = -1 },
        ["MaxCacheBytes"] = new() { MaxCacheBytes = -1 },
        ["MaxTimeToLive"] = new() { MinTimeToLive = TimeSpan.FromDays(2) },
        ["NegativeMax"] = new() { NegativeMax = TimeSpan.FromSeconds(-1) },
        ["FailureTimeToLive"] = new() { FailureTimeToLive = TimeSpan.FromMinutes(6) },
        ["UdpPayload"] = new() { UdpPayload = 511 },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_setting_out_of_its_range_stops_the_start(string name)
    {
        var thrown = Assert.Throws<ArgumentOutOfRangeException>(() => new DnsClient(Wrongs[name], TimeProvider.System, new Random(1)));

        Assert.Equal(name, thrown.ParamName);
    }

    [Fact]
    public async Task A_type_that_is_none_cannot_be_asked_for()
    {
        await using var scene = Scene.Of();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await scene.Client.Query("a.test", (DnsRecordType)255, default));
    }
}
