using System.Net;
using Silo.Testing.Dns;
using Xunit;

namespace Silo.Dns.Tests;

public class ManyServersTests
{
    private const string Name = "example.test";

    [Fact]
    public async Task After_a_timeout_the_next_server_is_asked_and_stays_the_first()
    {
        await using var scene = Scene.Of(servers: 3);
        scene.Servers[0].Reply(_ => []);
        scene.Servers[1].AddAddress(Name, "192.0.2.1").AddAddress("other.test", "192.0.2.2");

        var asked = scene.Ask(Name);
        await scene.Next();
        scene.Time.Advance(Scene.Timeout);

        Assert.Equal("192.0.2.1", Scene.AddressOf(await asked));
        Assert.Equal("192.0.2.2", Scene.AddressOf(await scene.Ask("other.test")));
        Assert.Equal([1, 2, 0], scene.Servers.Select(s => s.Asked.Count));
    }

    [Fact]
    public async Task Servers_that_never_answer_are_asked_in_turn_as_often_as_there_are_tries()
    {
        await using var scene = Scene.Of(servers: 2);
        foreach (var server in scene.Servers) server.Reply(_ => []);

        var asked = scene.Ask(Name);
        foreach (var turn in (int[])[0, 1, 0])
        {
            await scene.Next(turn);
            Assert.False(asked.IsCompleted);
            scene.Time.Advance(Scene.Timeout);
        }

        var answer = await asked;
        Assert.Equal(DnsAnswerKind.TimedOut, answer.Kind);
        Assert.Equal(string.Join("; ", scene.Servers.Select(s => $"{s.EndPoint} did not answer within 2 s")), answer.Detail);
        Assert.Equal([2, 1], scene.Servers.Select(s => s.Asked.Count));
    }

    [Theory]
    [InlineData(2, "SERVFAIL")]
    [InlineData(5, "REFUSED")]
    [InlineData(1, "FORMERR")]
    [InlineData(9, "code 9")]
    public async Task A_server_that_cannot_answer_is_followed_by_the_next_and_not_asked_again(int code, string text)
    {
        await using var scene = Scene.Of(servers: 2);
        var failure = new ScriptedReply { Code = code };
        scene.Servers[0].Reply(Name, failure).Reply("nowhere.test", failure);
        scene.Servers[1].AddAddress(Name, "192.0.2.1").Reply("nowhere.test", failure);

        Assert.Equal("192.0.2.1", Scene.AddressOf(await scene.Ask(Name)));
        var nowhere = await scene.Ask("nowhere.test");
        Assert.Equal(DnsAnswerKind.ServerFailure, nowhere.Kind);
        Assert.Equal($"{scene.Servers[0].EndPoint} answered {text}; {scene.Servers[1].EndPoint} answered {text}", nowhere.Detail);
        // One that cannot read the question is asked once more without extensions.
        var once = code == 1 ? 2 : 1;
        Assert.Equal([2 * once, 1 + once], scene.Servers.Select(s => s.Asked.Count));
    }

    [Fact]
    public async Task A_server_that_refers_to_others_instead_of_asking_them_is_followed_by_the_next()
    {
        await using var scene = Scene.Of(servers: 2);
        var referral = new NameRecord("test", TimeSpan.FromDays(1), DnsRecordType.Ns, "ns.test");
        scene.Servers[0].Reply(Name, new ScriptedReply { IsAuthoritative = false, Authority = [referral] });
        scene.Servers[1].AddAddress(Name, "192.0.2.1");

        Assert.Equal("192.0.2.1", Scene.AddressOf(await scene.Ask(Name)));
    }

    [Fact]
    public async Task A_server_that_is_not_there_costs_no_time()
    {
        // Nobody listens at this address, whatever ports are in use at others.
        await using var scene = Scene.Of(first: [new IPEndPoint(IPAddress.Parse("127.9.9.9"), 9)]);
        scene.Server.AddAddress(Name, "192.0.2.1").AddAddress("other.test", "192.0.2.2");

        Assert.Equal("192.0.2.1", Scene.AddressOf(await scene.Ask(Name)));
        Assert.Equal("192.0.2.2", Scene.AddressOf(await scene.Ask("other.test")));
    }

    [Fact]
    public async Task When_no_server_is_there_the_question_timed_out_at_once()
    {
        await using var scene = Scene.Of(servers: 0, first: [new IPEndPoint(IPAddress.Parse("127.9.9.9"), 9)]);

        var answer = await scene.Ask(Name);

        Assert.Equal(DnsAnswerKind.TimedOut, answer.Kind);
        Assert.Equal("127.9.9.9:9 cannot be reached (ConnectionRefused)", answer.Detail);
    }

    [Fact]
    public async Task Rotation_begins_with_any_server()
    {
        await using var scene = Scene.Of(servers: 3, options: new DnsClientOptions { RotatesServers = true });
        for (var i = 0; i < 60; i++) await scene.Ask($"n{i}.test");

        Assert.All(scene.Servers, s => Assert.InRange(s.Asked.Count, 8, 36));
    }

    [Fact]
    public async Task The_tries_are_over_all_servers()
    {
        await using var scene = Scene.Of(servers: 3, options: new DnsClientOptions { Tries = 2 });
        foreach (var server in scene.Servers) server.Reply(Name, new ScriptedReply { Code = 2 });

        await scene.Ask(Name);

        Assert.Equal([1, 1, 0], scene.Servers.Select(s => s.Asked.Count));
    }
}
