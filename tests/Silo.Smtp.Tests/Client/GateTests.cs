using Silo.Core.Delivery;
using Silo.Smtp.Client;
using Silo.Testing;
using Xunit;
using static Silo.Smtp.Tests.Client.Dialogues;

namespace Silo.Smtp.Tests.Client;

public class GateTests
{
    private const string Group = "MAIL FROM:<s@example.org> SIZE=21\r\nRCPT TO:<r@example.com>\r\nDATA\r\n";

    [Fact]
    public async Task A_closed_gate_lets_nothing_be_written_and_keeps_the_connection()
    {
        var stream = new ReplayStream(Arrival.Whole, Greeting, PipeliningHello);
        await using var session = Over(stream);
        await session.Open(default);
        var outcome = await session.Send(Mail(gate: new HandGate { Open = false }), default);
        Assert.Equal(SmtpOutcomeKind.NotBegun, outcome.Kind);
        Assert.DoesNotContain("MAIL", stream.Written, StringComparison.Ordinal);
        Assert.True(session.IsUsable);
        Assert.Equal(0, session.Transactions);
    }

    [Fact]
    public async Task The_gate_is_asked_before_MAIL_is_written_and_told_when_it_was_answered()
    {
        var stream = new ReplayStream(Arrival.ByteByByte, Greeting, PipeliningHello,
            (Group, "250 ok\r\n250 ok\r\n354 go\r\n"), ("Subject: x\r\n\r\nhello\r\n.\r\n", "250 ok\r\n"));
        var writtenBefore = "";
        var gate = new HandGate { OnTryBegin = () => writtenBefore = stream.Written };
        await using var session = Over(stream);
        await session.Open(default);
        Assert.True((await session.Send(Mail(gate: gate), default)).IsAccepted);
        Assert.Equal(["TryBegin", "Begun", "MayFinish"], gate.Calls);
        Assert.DoesNotContain("MAIL", writtenBefore, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_right_to_finish_no_final_dot_is_written()
    {
        var stream = new ReplayStream(Arrival.Whole, Greeting, PipeliningHello, (Group, "250 ok\r\n250 ok\r\n354 go\r\n"));
        await using var session = Over(stream);
        await session.Open(default);
        var outcome = await session.Send(Mail(gate: new HandGate { Finishes = false }), default);
        Assert.Equal((SmtpOutcomeKind.Broken, false), (outcome.Kind, outcome.FinalDotWritten));
        Assert.False(session.IsUsable);
        Assert.DoesNotContain("\r\n.\r\n", stream.Written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_abort_before_MAIL_is_answered_ends_the_connection_and_nothing_has_begun()
    {
        var stream = new ReplayStream(Arrival.Whole, Greeting, PipeliningHello, (Group, ""));
        var gate = new HandGate();
        await using var session = Over(stream);
        await session.Open(default);
        var sending = session.Send(Mail(gate: gate), default).AsTask();
        await stream.Exhausted;
        gate.Abort();
        Assert.Equal(SmtpOutcomeKind.NotBegun, (await sending).Kind);
        Assert.False(session.IsUsable);
        Assert.Equal(["TryBegin"], gate.Calls);
    }

    [Fact]
    public async Task An_abort_after_MAIL_was_answered_changes_nothing()
    {
        var stream = new ReplayStream(Arrival.Whole, Greeting, PipeliningHello, (Group, "250 ok\r\n"));
        var gate = new HandGate();
        var clock = new HostileTimeProvider();
        await using var session = Over(stream, time: clock);
        await session.Open(default);
        var sending = session.Send(Mail(gate: gate), default).AsTask();
        await stream.Exhausted;
        gate.Abort();
        Assert.False(sending.IsCompleted);
        var outcome = await sending.WhileTimePasses(clock);
        Assert.Equal((DeliveryStage.Recipient, SmtpFault.TimedOut), (outcome.Stage, outcome.Fault));
    }

    [Theory]
    [InlineData("", DeliveryStage.Mail, 5, false)]
    [InlineData("250 ok\r\n", DeliveryStage.Recipient, 5, false)]
    [InlineData("250 ok\r\n250 ok\r\n", DeliveryStage.Data, 2, false)]
    [InlineData("250 ok\r\n250 ok\r\n354 go\r\n", DeliveryStage.FinalDot, 10, true)]
    public async Task Each_answer_has_the_time_of_RFC_5321_and_not_less(
        string replies, DeliveryStage stage, int minutes, bool finalDotWritten)
    {
        var steps = new List<(string, string)> { Greeting, PipeliningHello, (Group, replies) };
        if (finalDotWritten) steps.Add(("Subject: x\r\n\r\nhello\r\n.\r\n", ""));
        foreach (var inTime in new[] { true, false })
        {
            var stream = new ReplayStream(Arrival.Whole, [.. steps]);
            var clock = new HostileTimeProvider();
            await using var session = Over(stream, time: clock);
            await session.Open(default);
            var sending = session.Send(Mail(), default).AsTask();
            await stream.Exhausted;
            clock.StepWall(TimeSpan.FromDays(1));
            clock.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(inTime ? 1 : 0));
            // An answer that comes too late is not taken any more: the connection was given up.
            stream.Feed("450 a\r\n503 b\r\n503 c\r\n");
            var outcome = await sending;
            Assert.Equal(stage, outcome.Stage);
            Assert.Equal(inTime ? 450 : null, outcome.Reply?.Code);
            Assert.Equal((inTime ? SmtpFault.None : SmtpFault.TimedOut, !inTime && finalDotWritten), (outcome.Fault, outcome.FinalDotWritten));
            if (!inTime) Assert.False(session.IsUsable);
        }
    }

    [Fact]
    public async Task A_cancelled_call_after_the_final_dot_is_in_doubt()
    {
        var stream = new ReplayStream(Arrival.Whole, Greeting, PipeliningHello,
            (Group, "250 ok\r\n250 ok\r\n354 go\r\n"), ("Subject: x\r\n\r\nhello\r\n.\r\n", ""));
        using var cancel = new CancellationTokenSource();
        await using var session = Over(stream);
        await session.Open(default);
        var sending = session.Send(Mail(), cancel.Token).AsTask();
        await stream.Exhausted;
        await cancel.CancelAsync();
        var outcome = await sending;
        Assert.Equal((SmtpFault.Cancelled, true), (outcome.Fault, outcome.FinalDotWritten));
    }
}
