using System.Net;
using Silo.Testing.Dns;
using Xunit;

namespace Silo.Dns.Tests;

public class RememberingTests
{
    private const string Name = "example.test";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(300, 300)]
    [InlineData(1, 1)]
    [InlineData(864_000, 86_400)]
    public async Task An_answer_is_remembered_for_its_time_to_live_at_most_a_day(int given, int remembered)
    {
        await using var scene = Scene.Of();
        scene.Server.Add(new AddressRecord(Name, given * Second, IPAddress.Parse("192.0.2.1")));

        var answer = await scene.Ask(Name);
        Assert.Equal((scene.Time.GetUtcNow() + remembered * Second, given * Second), (answer.ValidUntil, answer.Records[0].TimeToLive));
        scene.Time.Advance(remembered * Second - TimeSpan.FromTicks(1));
        Assert.Same(answer, await scene.Ask(Name));
        Assert.Single(scene.Server.Asked);
        scene.Time.Advance(TimeSpan.FromTicks(1));
        await scene.Ask(Name);
        Assert.Equal(2, scene.Server.Asked.Count);
    }

    [Fact]
    public async Task An_answer_without_time_to_live_is_asked_for_again()
    {
        await using var scene = Scene.Of();
        // More than 2^31 - 1 s count as none.
        scene.Server.Add(new AddressRecord(Name, TimeSpan.FromSeconds(uint.MaxValue), IPAddress.Parse("192.0.2.1")));

        var answer = await scene.Ask(Name);
        await scene.Ask(Name);

        Assert.Equal((scene.Time.GetUtcNow(), TimeSpan.Zero), (answer.ValidUntil, answer.Records[0].TimeToLive));
        Assert.Equal(2, scene.Server.Asked.Count);
    }

    [Fact]
    public async Task The_shortest_time_of_a_set_counts_and_not_less_than_the_configured()
    {
        await using var scene = Scene.Of(options: new DnsClientOptions { MinTimeToLive = 30 * Second });
        scene.Server.Add(new MxRecord(Name, 60 * Second, 1, "a.test"), new MxRecord(Name, 40 * Second, 1, "b.test"));
        scene.Server.Add(new MxRecord("short.test", TimeSpan.Zero, 1, "a.test"));

        Assert.Equal(scene.Time.GetUtcNow() + 40 * Second, (await scene.Ask(Name, DnsRecordType.Mx)).ValidUntil);
        Assert.Equal(scene.Time.GetUtcNow() + 30 * Second, (await scene.Ask("short.test", DnsRecordType.Mx)).ValidUntil);
    }

    [Theory]
    [InlineData(900, 60, 60)]
    [InlineData(60, 900, 60)]
    [InlineData(86_400, 86_400, 3_600)]
    public async Task That_something_does_not_exist_is_known_as_long_as_its_SOA_says_at_most_an_hour(int given, int minimum, int remembered)
    {
        await using var scene = Scene.Of();
        var soa = new SoaRecord("test", given * Second, "ns.test", "h.test", 1, Second, Second, Second, minimum * Second);
        scene.Server.Reply(Name, new ScriptedReply { Code = 3, Authority = [soa] });
        scene.Server.Reply("empty.test", new ScriptedReply { Authority = [soa] });

        foreach (var (name, kind) in ((string, DnsAnswerKind)[])[(Name, DnsAnswerKind.NameNotFound), ("empty.test", DnsAnswerKind.NoData)])
        {
            var answer = await scene.Ask(name);
            Assert.Equal((kind, scene.Time.GetUtcNow() + remembered * Second), (answer.Kind, answer.ValidUntil));
        }

        scene.Time.Advance(remembered * Second - TimeSpan.FromTicks(1));
        await scene.Ask(Name);
        await scene.Ask("empty.test");
        Assert.Equal(2, scene.Server.Asked.Count);
        scene.Time.Advance(TimeSpan.FromTicks(1));
        await scene.Ask(Name);
        await scene.Ask("empty.test");
        Assert.Equal(4, scene.Server.Asked.Count);
    }

    [Fact]
    public async Task A_no_without_a_SOA_is_not_remembered()
    {
        await using var scene = Scene.Of();
        scene.Server.Reply(Name, new ScriptedReply());

        Assert.Equal(DnsAnswerKind.NoData, (await scene.Ask(Name)).Kind);
        await scene.Ask(Name);
        Assert.Equal(2, scene.Server.Asked.Count);
    }

    [Fact]
    public async Task A_failure_is_remembered_for_five_seconds()
    {
        await using var scene = Scene.Of();
        scene.Server.Reply(Name, new ScriptedReply { Code = 2 });

        var failure = await scene.Ask(Name);
        Assert.Equal(scene.Time.GetUtcNow() + 5 * Second, failure.ValidUntil);
        scene.Time.Advance(4.9 * Second);
        Assert.Same(failure, await scene.Ask(Name));
        scene.Time.Advance(0.1 * Second);
        scene.Server.Remove(Name);
        scene.Server.AddAddress(Name, "192.0.2.1");
        Assert.Equal("192.0.2.1", Scene.AddressOf(await scene.Ask(Name)));
    }

    [Fact]
    public async Task A_wall_clock_that_is_set_neither_ends_nor_prolongs_an_answer_and_its_end_is_told_by_the_new_time()
    {
        await using var scene = Scene.Of();
        scene.Server.AddAddress(Name, "192.0.2.1");
        await scene.Ask(Name);

        foreach (var step in (int[])[-7200, 86_400])
        {
            scene.Time.StepWall(step * Second);
            scene.Time.Advance(10 * Second);
            var answer = await scene.Ask(Name);
            Assert.Equal(DnsAnswerKind.Found, answer.Kind);
            Assert.InRange(answer.ValidUntil - scene.Time.GetUtcNow(), 279 * Second, 291 * Second);
        }

        Assert.Single(scene.Server.Asked);
        scene.Time.Advance(280 * Second);
        await scene.Ask(Name);
        Assert.Equal(2, scene.Server.Asked.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".a")]
    [InlineData("a..b")]
    [InlineData("a b.test")]
    [InlineData("ä.test")]
    [InlineData("a\\.b.test")]
    [InlineData("a\0.test")]
    [InlineData("a\r\n.test")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123.test")]
    public async Task What_is_no_domain_name_is_not_asked_for(string name)
    {
        await using var scene = Scene.Of();

        var answer = await scene.Ask(name);

        Assert.Equal((DnsAnswerKind.BadName, "this is not a domain name"), (answer.Kind, answer.Detail));
        Assert.Empty(scene.Server.Asked);
    }

    [Fact]
    public async Task A_null_MX_names_the_root()
    {
        await using var scene = Scene.Of();
        scene.Server.AddMx(Name, 0, "");

        var record = Assert.IsType<MxRecord>(Assert.Single((await scene.Ask(Name, DnsRecordType.Mx)).Records));

        Assert.Equal((0, ""), (record.Preference, record.Exchange));
    }
}
