using Silo.Testing.Dns;
using Xunit;

namespace Silo.Dns.Tests;

public class AliasTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(8, DnsAnswerKind.Found)]
    [InlineData(9, DnsAnswerKind.ServerFailure)]
    public async Task A_chain_of_aliases_is_followed_over_eight_steps(int steps, DnsAnswerKind expected)
    {
        await using var scene = Scene.Of();
        for (var i = 0; i < steps; i++) scene.Server.AddAlias($"a{i}.test", $"a{i + 1}.test");
        scene.Server.AddAddress($"a{steps}.test", "192.0.2.1");

        var answer = await scene.Ask("a0.test");

        Assert.Equal(expected, answer.Kind);
        Assert.All(answer.Records, r => Assert.Equal($"a{steps}.test", r.Name));
    }

    [Theory]
    [InlineData(8, DnsAnswerKind.Found)]
    [InlineData(9, DnsAnswerKind.ServerFailure)]
    public async Task Aliases_that_a_server_does_not_follow_are_asked_for_one_by_one_and_count_the_same(int steps, DnsAnswerKind expected)
    {
        await using var scene = Scene.Of();
        for (var i = 0; i < steps; i++) scene.Server.Reply($"a{i}.test", Alias($"a{i}.test", $"a{i + 1}.test"));
        scene.Server.AddAddress($"a{steps}.test", "192.0.2.1");

        Assert.Equal(expected, (await scene.Ask("a0.test")).Kind);
        Assert.Equal(9, scene.Server.Asked.Count);
    }

    [Fact]
    public async Task A_loop_of_aliases_is_a_failure_whether_it_stands_in_one_answer_or_over_several()
    {
        await using var scene = Scene.Of();
        scene.Server.AddAlias("a.test", "b.test").AddAlias("b.test", "a.test").AddAlias("self.test", "self.test");
        scene.Server.Reply("c.test", Alias("c.test", "d.test")).Reply("d.test", Alias("d.test", "c.test"));

        foreach (var name in (string[])["a.test", "self.test", "c.test"])
        {
            var answer = await scene.Ask(name);
            Assert.Equal(DnsAnswerKind.ServerFailure, answer.Kind);
            Assert.Contains($"{name} is an alias of itself", answer.Detail, StringComparison.Ordinal);
        }

        Assert.Equal(4, scene.Server.Asked.Count);
    }

    [Fact]
    public async Task An_alias_of_two_names_is_a_failure()
    {
        await using var scene = Scene.Of();
        var reply = Alias("a.test", "b.test");
        scene.Server.Reply("a.test", reply with { Answers = [.. reply.Answers, .. Alias("a.test", "c.test").Answers] });

        Assert.Equal(DnsAnswerKind.ServerFailure, (await scene.Ask("a.test")).Kind);
    }

    [Fact]
    public async Task The_order_of_the_records_and_the_case_of_the_names_do_not_matter()
    {
        await using var scene = Scene.Of();
        scene.Server.AddAddress("c.test", "192.0.2.1");
        var reply = Alias("B.test", "C.TEST");
        var address = scene.Server.Honest(new ScriptedQuery("c.test", DnsRecordType.A, false, scene.Server.EndPoint, []));
        scene.Server.Reply("a.test", reply with { Answers = [.. address.Answers, .. reply.Answers, .. Alias("A.TEST", "b.Test").Answers] });

        Assert.Equal("192.0.2.1", Scene.AddressOf(await scene.Ask("a.test")));
    }

    [Fact]
    public async Task The_shortest_time_of_the_chain_is_that_of_the_answer()
    {
        await using var scene = Scene.Of();
        scene.Server.Reply("a.test", Alias("a.test", "b.test")).AddAddress("b.test", "192.0.2.1");

        Assert.Equal(scene.Time.GetUtcNow() + Minute, (await scene.Ask("a.test")).ValidUntil);
    }

    [Fact]
    public async Task An_alias_of_a_name_that_does_not_exist_does_not_exist()
    {
        await using var scene = Scene.Of();
        scene.Server.AddAlias("a.test", "b.test");

        var answer = await scene.Ask("a.test");

        Assert.Equal(DnsAnswerKind.NameNotFound, answer.Kind);
        Assert.Equal("b.test, which a.test is an alias of, does not exist", answer.Detail);
    }

    [Fact]
    public async Task An_alias_asked_for_as_such_is_the_answer()
    {
        await using var scene = Scene.Of();
        scene.Server.AddAlias("a.test", "b.test");

        var answer = await scene.Ask("a.test", DnsRecordType.Cname);

        Assert.Equal([new NameRecord("a.test", TimeSpan.FromMinutes(5), DnsRecordType.Cname, "b.test")], answer.Records);
    }

    [Fact]
    public async Task An_alias_of_a_name_of_other_bytes_is_no_way_on()
    {
        await using var scene = Scene.Of();
        scene.Server.Reply("a.test", Alias("a.test", @"a\.b\000.test"));

        Assert.Equal(DnsAnswerKind.ServerFailure, (await scene.Ask("a.test")).Kind);
        Assert.Single(scene.Server.Asked);
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public async Task An_answer_is_authenticated_when_its_whole_chain_is(bool alias, bool address, bool expected)
    {
        await using var scene = Scene.Of();
        scene.Server.AddAddress("b.test", "192.0.2.1");
        scene.Server.Reply(query => query.Name == "a.test"
            ? [Alias("a.test", "b.test") with { IsAuthenticated = alias }]
            : [scene.Server.Honest(query) with { IsAuthenticated = address }]);

        Assert.Equal(expected, (await scene.Ask("a.test")).IsAuthenticated);
    }

    private static ScriptedReply Alias(string name, string target) =>
        new() { Answers = [new NameRecord(name, Minute, DnsRecordType.Cname, target)] };
}
