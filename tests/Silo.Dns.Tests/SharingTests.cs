using Silo.Testing.Dns;
using Xunit;

namespace Silo.Dns.Tests;

public class SharingTests
{
    private const string Name = "example.test";

    [Fact]
    public async Task Equal_questions_under_way_share_one_and_cancelling_one_wait_ends_only_that()
    {
        await using var scene = Scene.Of();
        var gate = new TaskCompletionSource();
        scene.Server.AddAddress(Name, "192.0.2.1");
        scene.Server.Reply(query => [scene.Server.Honest(query) with { After = gate.Task }]);
        using var cancelled = new CancellationTokenSource();

        var first = scene.Ask(Name, cancellationToken: cancelled.Token);
        var others = Enumerable.Range(0, 20).Select(i => scene.Ask(i % 2 == 0 ? "EXAMPLE.test." : Name)).ToList();
        await scene.Next();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.All(others, o => Assert.False(o.IsCompleted));
        gate.SetResult();

        foreach (var other in others) Assert.Equal("192.0.2.1", Scene.AddressOf(await other));
        Assert.Single(scene.Server.Asked);
    }

    [Fact]
    public async Task A_question_that_nobody_waits_for_any_more_is_answered_for_the_next_who_asks()
    {
        await using var scene = Scene.Of();
        var gate = new TaskCompletionSource();
        scene.Server.AddAddress(Name, "192.0.2.1");
        scene.Server.Reply(query => [scene.Server.Honest(query) with { After = gate.Task }]);
        using var cancelled = new CancellationTokenSource();

        var first = scene.Ask(Name, cancellationToken: cancelled.Token);
        await scene.Next();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();

        Assert.Equal("192.0.2.1", Scene.AddressOf(await scene.Ask(Name)));
        Assert.Single(scene.Server.Asked);
    }

    [Fact]
    public async Task Other_types_of_the_same_name_are_other_questions()
    {
        await using var scene = Scene.Of();
        scene.Server.AddAddress(Name, "192.0.2.1").AddAddress(Name, "2001:db8::1");

        Assert.Equal("192.0.2.1", Scene.AddressOf(await scene.Ask(Name)));
        Assert.Equal("2001:db8::1", Scene.AddressOf(await scene.Ask(Name, DnsRecordType.Aaaa)));
    }

    [Fact]
    public async Task Questions_above_the_limit_wait_for_a_place()
    {
        await using var scene = Scene.Of(options: new DnsClientOptions { MaxQuestionsUnderWay = 1 });
        var gate = new TaskCompletionSource();
        scene.Server.Reply(query => query.Name == "one.test" ? [scene.Server.Honest(query) with { After = gate.Task }] : null);

        var one = scene.Ask("one.test");
        await scene.Next();
        var two = scene.Ask("two.test");
        Assert.Single(scene.Server.Asked);
        gate.SetResult();

        Assert.Equal(DnsAnswerKind.NameNotFound, (await one).Kind);
        Assert.Equal(DnsAnswerKind.NameNotFound, (await two).Kind);
    }

    [Fact]
    public async Task Who_waits_for_a_place_as_long_as_a_question_may_take_is_told_so()
    {
        await using var scene = Scene.Of(options: new DnsClientOptions { MaxQuestionsUnderWay = 1, Tries = 1 });
        var gate = new TaskCompletionSource();
        scene.Server.Reply(query => query.OverTcp ? [] : [new ScriptedReply { IsTruncated = true, After = gate.Task }]);

        var one = scene.Ask("one.test");
        var two = scene.Ask("two.test");
        await scene.Next();
        // With its answer cut at half its time, the first holds its place for half as much again.
        scene.Time.Advance(Scene.Timeout / 2);
        gate.SetResult();
        await scene.Next();
        scene.Time.Advance(Scene.Timeout / 2);

        var answer = await two;
        Assert.Equal((DnsAnswerKind.TimedOut, "too many questions are under way"), (answer.Kind, answer.Detail));
        Assert.False(one.IsCompleted);
    }

    [Fact]
    public async Task Disposal_ends_what_is_under_way_and_refuses_the_rest()
    {
        var scene = Scene.Of();
        scene.Server.Reply(_ => []);
        var asked = scene.Ask(Name);
        await scene.Next();

        await scene.Client.DisposeAsync();

        Assert.Equal(DnsAnswerKind.TimedOut, (await asked).Kind);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => scene.Ask(Name));
        await scene.DisposeAsync();
    }

    [Fact]
    public async Task A_storm_of_questions_is_answered_each_with_its_own()
    {
        await using var scene = Scene.Of(options: new DnsClientOptions { MaxQuestionsUnderWay = 32 });
        for (var i = 0; i < 500; i++) scene.Server.AddAddress($"n{i}.test", $"10.0.{i / 250}.{i % 250}");

        var asked = Enumerable.Range(0, 2000).Select(i => scene.Ask($"n{i % 500}.test")).ToList();

        for (var i = 0; i < asked.Count; i++) Assert.Equal($"10.0.{i % 500 / 250}.{i % 500 % 250}", Scene.AddressOf(await asked[i]));
        Assert.Equal(500, scene.Server.Asked.Count);
    }
}
