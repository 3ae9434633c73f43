using Silo.Core.Delivery;
using Silo.Server.Delivery;
using Silo.Testing;
using Silo.Testing.EndToEnd;
using Xunit;
using static Silo.Server.Tests.Delivery.Ses.SesTransports;

namespace Silo.Server.Tests.Delivery.Ses;

/// <summary>Peers that close, stay silent, lie, or answer without end.</summary>
public class SesBrokenCallTests
{
    private const int Huge = 50_000_000;

    [Theory]
    [InlineData("")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-le")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n{\"MessageId\":\"0100-1\"}")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n{\"MessageId\":\"\"}")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"MessageId\":7}")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\n{\"MessageId\":\"\\ud800a\"}")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n<html>Welcome to ")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")]
    public async Task A_written_message_whose_answer_is_no_answer_is_in_doubt_and_not_sent_again(string answer)
    {
        await using var ses = new ScriptedSes { Answer = _ => answer, ClosesAfterAnswer = true };
        await using var transport = Transport(ses.Endpoint);
        var result = await transport.Carry(HandOvers.To("r@example.com"));
        Assert.Equal((DeliveryResultKind.InDoubt, DeliveryStage.FinalDot), (result.Kind, result.Stage));
        Assert.Single(ses.Sends);
        (ses.Answer, ses.ClosesAfterAnswer) = (_ => ScriptedSes.Ok(), false);
        Assert.Equal(DeliveryResultKind.HandedOver, (await transport.Carry(HandOvers.To("r@example.com"))).Kind);
    }

    [Fact]
    public async Task A_kept_connection_that_closes_on_a_message_does_not_have_it_sent_twice()
    {
        await using var ses = new ScriptedSes();
        await using var transport = Transport(ses.Endpoint, o => o.MaxConnections = 1);
        await transport.Carry(HandOvers.To("r@example.com"));
        ses.Answer = _ => "";
        Assert.Equal(DeliveryResultKind.InDoubt, (await transport.Carry(HandOvers.To("r@example.com"))).Kind);
        Assert.Equal(2, ses.Sends.Count);
        Assert.Single(ses.Sends.Select(s => s.Connection).Distinct());
    }

    [Theory]
    [InlineData(200, DeliveryResultKind.InDoubt)]
    [InlineData(400, DeliveryResultKind.RouteFailed)]
    public async Task Of_an_answer_without_end_no_more_is_read_than_the_limit(int status, DeliveryResultKind kind)
    {
        var body = "{\"MessageId\":\"0100-1\",\"message\":\"" + new string('x', Huge) + "\"}";
        await using var ses = new ScriptedSes { Answer = _ => ScriptedSes.Reply(status, body) };
        await using var transport = Transport(ses.Endpoint);
        Assert.Equal(kind, (await transport.Carry(HandOvers.To("r@example.com"))).Kind);
        // The peer cannot get rid of the rest.
        await Patiently.Until(() => ses.BrokenAnswers == 1, "the connection is closed");
        ses.Answer = _ => ScriptedSes.Ok();
        Assert.Equal(DeliveryResultKind.HandedOver, (await transport.Carry(HandOvers.To("r@example.com"))).Kind);
    }

    [Fact]
    public async Task An_answer_whose_head_has_no_end_is_cut_off()
    {
        await using var ses = new ScriptedSes { Answer = _ => "HTTP/1.1 200 OK\r\nx: " + new string('x', Huge) + "\r\n\r\n" };
        await using var transport = Transport(ses.Endpoint);
        Assert.Equal(DeliveryResultKind.InDoubt, (await transport.Carry(HandOvers.To("r@example.com"))).Kind);
    }

    [Fact]
    public async Task A_peer_that_is_not_there_fails_the_route_and_burns_nothing()
    {
        string endpoint;
        await using (var ses = new ScriptedSes()) endpoint = ses.Endpoint;
        await using var transport = Transport(endpoint);
        var result = await transport.Carry(HandOvers.To("r@example.com"));
        Assert.Equal((DeliveryResultKind.RouteFailed, DeliveryStage.Connect), (result.Kind, result.Stage));
        Assert.Null(result.RestsUntil);
    }

    [Fact]
    public async Task A_name_that_is_not_there_fails_the_route()
    {
        await using var transport = Transport("https://nobody.invalid");
        var result = await transport.Carry(HandOvers.To("r@example.com"));
        Assert.Equal((DeliveryResultKind.RouteFailed, DeliveryStage.Connect), (result.Kind, result.Stage));
    }

    [Fact]
    public async Task A_peer_without_TLS_gets_nothing_of_the_message()
    {
        await using var ses = new ScriptedSes();
        await using var transport = Transport(ses.Endpoint.Replace("http:", "https:"), o => o.ConnectTimeout = TimeSpan.FromSeconds(2));
        var result = await transport.Carry(HandOvers.To("r@example.com"));
        Assert.Equal((DeliveryResultKind.RouteFailed, DeliveryStage.Connect), (result.Kind, result.Stage));
        Assert.Empty(ses.Sends);
    }

    [Fact]
    public async Task A_connection_that_breaks_within_the_message_burns_an_attempt_and_leaves_no_doubt()
    {
        await using var ses = new ScriptedSes { ReadsAtMost = 10_000 };
        await using var transport = Transport(ses.Endpoint);
        var result = await transport.Carry(Large(40_000_000));
        Assert.Equal((DeliveryResultKind.Deferred, DeliveryStage.Data, DeferralScope.Recipient), (result.Kind, result.Stage, result.DeferralScope));
        Assert.Empty(ses.Sends);
    }

    [Fact]
    public async Task A_peer_that_never_answers_leaves_doubt_after_the_time_out()
    {
        var got = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var ses = new ScriptedSes
        {
            Answer = _ =>
            {
                got.TrySetResult();
                return null;
            },
        };
        var clock = new HostileTimeProvider();
        await using var transport = Transport(ses.Endpoint, time: clock);
        var delivery = transport.Carry(HandOvers.To("r@example.com"));
        await Patiently.Until(() => Moved(clock, got.Task.IsCompleted), "the message is there");
        clock.Advance(TimeSpan.FromSeconds(40));
        Assert.False(delivery.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(20));
        var result = await delivery;
        Assert.Equal(DeliveryResultKind.InDoubt, result.Kind);
        Assert.StartsWith("SES did not answer in time.", result.Diagnostic);
    }

    [Fact]
    public async Task A_drain_that_ends_calls_off_what_waits_and_leaves_doubt_about_what_was_written()
    {
        var got = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var ses = new ScriptedSes
        {
            Answer = _ =>
            {
                got.TrySetResult();
                return null;
            },
        };
        await using var transport = Transport(ses.Endpoint, o => o.MaxConnections = 1);
        using var abort = new CancellationTokenSource();
        var written = transport.Carry(HandOvers.To("r@example.com"), abort.Token);
        await got.Task;
        var waiting = transport.Carry(HandOvers.To("r@example.com"), abort.Token);
        await abort.CancelAsync();
        Assert.Equal(DeliveryResultKind.InDoubt, (await written).Kind);
        Assert.Equal(DeliveryResultKind.NotStarted, (await waiting).Kind);
        Assert.Single(ses.Sends);
    }

    private static bool Moved(HostileTimeProvider clock, bool isDone)
    {
        // The bucket earns its first permit, and naps end, only as the clock goes.
        if (!isDone) clock.Advance(TimeSpan.FromMilliseconds(10));
        return isDone;
    }
}
