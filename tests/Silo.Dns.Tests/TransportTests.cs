using System.Net;
using Silo.Testing.Dns;
using Xunit;

namespace Silo.Dns.Tests;

/// <summary>Extensions, truncation and TCP.</summary>
public class TransportTests
{
    private const string Name = "example.test";

    private static readonly DnsRecord Record = new AddressRecord(Name, TimeSpan.FromHours(1), IPAddress.Parse("192.0.2.1"));

    [Fact]
    public async Task A_question_says_what_it_takes_over_UDP_and_asks_for_recursion()
    {
        await using var scene = Scene.Of();
        scene.Server.Add(Record);

        await scene.Ask(Name);

        var query = scene.Server.Asked.Single();
        Assert.Equal((1232, 0x0120, false), (query.UdpPayload, query.Flags, query.OverTcp));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(4, false)]
    [InlineData(16, false)]
    public async Task A_server_that_does_not_know_the_extensions_is_asked_without(int code, bool lacksQuestion)
    {
        await using var scene = Scene.Of();
        scene.Server.Add(Record);
        scene.Server.Reply(query => query.UdpPayload is null ? null : [new ScriptedReply { Code = code, LacksQuestion = lacksQuestion }]);

        Assert.Equal("192.0.2.1", Scene.AddressOf(await scene.Ask(Name)));
        Assert.Equal([0x0120, 0x0100], scene.Server.Asked.Select(q => q.Flags));
    }

    [Fact]
    public async Task A_code_beyond_the_header_is_read_from_the_extensions()
    {
        await using var scene = Scene.Of();
        // Its lower bits alone would be NXDOMAIN.
        scene.Server.Reply(Name, new ScriptedReply { Code = 0x123 });

        var answer = await scene.Ask(Name);

        Assert.Equal((DnsAnswerKind.ServerFailure, $"{scene.Server.EndPoint} answered code 291"), (answer.Kind, answer.Detail));
    }

    [Fact]
    public async Task An_answer_that_was_cut_is_asked_for_over_TCP_and_the_part_is_not_used()
    {
        await using var scene = Scene.Of();
        var part = new AddressRecord(Name, TimeSpan.FromDays(1), IPAddress.Parse("192.0.2.9"));
        scene.Server.Reply(query => query.OverTcp ? null : [new ScriptedReply { IsTruncated = true, Answers = [part] }]).Add(Record);

        Assert.Equal("192.0.2.1", Scene.AddressOf(await scene.Ask(Name)));
        Assert.Equal([false, true], scene.Server.Asked.Select(q => q.OverTcp));
    }

    [Fact]
    public async Task A_large_answer_comes_whole()
    {
        await using var scene = Scene.Of();
        for (var i = 0; i < 800; i++) scene.Server.AddMx(Name, i, $"mx{i}.example.test");

        var answer = await scene.Ask(Name, DnsRecordType.Mx);

        var expected = Enumerable.Range(0, 800).Select(i => ($"mx{i}.example.test", i));
        Assert.Equal(expected, answer.Records.Cast<MxRecord>().Select(r => (r.Exchange, r.Preference)));
    }

    [Fact]
    public async Task Over_TCP_messages_that_do_not_answer_our_question_are_skipped_up_to_a_limit()
    {
        foreach (var (lies, expected) in ((int, DnsAnswerKind)[])[(15, DnsAnswerKind.Found), (16, DnsAnswerKind.ServerFailure)])
        {
            await using var scene = Scene.Of();
            scene.Server.Add(Record);
            scene.Server.Reply(query => query.OverTcp
                ? [.. Enumerable.Repeat(scene.Server.Honest(query) with { IdOffset = 1 }, lies), scene.Server.Honest(query)]
                : [new ScriptedReply { IsTruncated = true }]);

            Assert.Equal(expected, (await scene.Ask(Name)).Kind);
        }
    }

    [Theory]
    [InlineData("closed")]
    [InlineData("cut again")]
    [InlineData("malformed")]
    public async Task A_server_that_fails_over_TCP_is_followed_by_the_next(string how)
    {
        await using var scene = Scene.Of(servers: 2);
        var question = new PacketWriter().Question(Name, DnsRecordType.A).ToArray();
        scene.Servers[0].Reply(query => !query.OverTcp ? [new ScriptedReply { IsTruncated = true }] : how switch
        {
            "closed" => [new ScriptedReply { Answers = [Record], ClosesMidway = true }],
            "cut again" => [new ScriptedReply { IsTruncated = true }],
            _ => [new ScriptedReply { Raw = [0x84, 0, 0, 1, 0, 9, 0, 0, 0, 0, .. question] }],
        });
        scene.Servers[1].Add(Record);

        Assert.Equal("192.0.2.1", Scene.AddressOf(await scene.Ask(Name)));
        Assert.Single(scene.Servers[1].Asked);
    }

    [Fact]
    public async Task A_server_that_never_ends_its_TCP_answer_has_not_answered()
    {
        await using var scene = Scene.Of(options: new DnsClientOptions { Tries = 1 });
        scene.Server.Reply(query => query.OverTcp ? [] : [new ScriptedReply { IsTruncated = true }]);

        var asked = scene.Ask(Name);
        await scene.Next();
        Assert.True((await scene.Next()).OverTcp);
        scene.Time.Advance(Scene.Timeout);

        Assert.Equal(DnsAnswerKind.TimedOut, (await asked).Kind);
    }

    [Fact]
    public async Task Each_question_has_an_id_and_a_port_of_its_own()
    {
        await using var scene = Scene.Of();
        for (var i = 0; i < 64; i++) await scene.Ask($"n{i}.test");

        var asked = scene.Server.Asked;
        Assert.InRange(asked.Select(q => q.Id).Distinct().Count(), 60, 64);
        Assert.InRange(asked.Select(q => q.From.Port).Distinct().Count(), 60, 64);
        Assert.All(asked, q => Assert.InRange(q.From.Port, 16_384, 65_535));
    }

    [Fact]
    public async Task Ids_and_ports_come_from_the_given_source()
    {
        var samePorts = 0;
        for (var seed = 0; seed < 10; seed++)
        {
            await using var one = Scene.Of(seed: seed);
            await using var other = Scene.Of(seed: seed);
            await one.Ask(Name);
            await other.Ask(Name);

            var (first, second) = (one.Server.Asked.Single(), other.Server.Asked.Single());
            Assert.Equal(first.Id, second.Id);
            if (first.From.Port == second.From.Port) samePorts++;
        }

        // A port that somebody else holds at the moment is passed over.
        Assert.InRange(samePorts, 6, 10);
    }

    [Fact]
    public async Task Servers_may_have_IPv6_addresses()
    {
        await using var server = new ScriptedDnsServer(IPAddress.IPv6Loopback);
        await using var scene = Scene.Of(servers: 0, first: [server.EndPoint]);
        server.Add(Record);

        Assert.Equal("192.0.2.1", Scene.AddressOf(await scene.Ask(Name)));
    }
}
