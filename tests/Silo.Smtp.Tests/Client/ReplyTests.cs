using Silo.Core.Delivery;
using Silo.Smtp.Client;
using Xunit;
using static Silo.Smtp.Tests.Client.Dialogues;

namespace Silo.Smtp.Tests.Client;

public class ReplyTests
{
    public static TheoryData<string, SmtpFault> Hostile => new()
    {
        { "220 " + new string('x', 4091) + "\r\n", SmtpFault.ReplyTooLong },
        { new string('x', 20_000), SmtpFault.ReplyTooLong },
        { string.Concat(Enumerable.Repeat("220-more\r\n", 101)), SmtpFault.ReplyTooLong },
        { string.Concat(Enumerable.Repeat("220-" + new string('x', 3000) + "\r\n", 30)), SmtpFault.ReplyTooLong },
        { "HTTP/1.1 400\r\n", SmtpFault.BadReply },
        { "\r\n", SmtpFault.BadReply },
        { "22\r\n", SmtpFault.BadReply },
        { "2200 x\r\n", SmtpFault.BadReply },
        { "120 x\r\n", SmtpFault.BadReply },
        { "220-one\r\n250 two\r\n", SmtpFault.BadReply },
        { "220-one\r\n", SmtpFault.Closed },
        { "22", SmtpFault.Closed },
        { "", SmtpFault.Closed },
    };

    [Theory, MemberData(nameof(Hostile))]
    public async Task A_greeting_beyond_the_rules_ends_the_dialogue(string greeting, SmtpFault fault)
    {
        foreach (var arrival in Enum.GetValues<Arrival>())
        {
            await using var session = Over(new ReplayStream(arrival, ("", greeting)) { ClosesAtEnd = true });
            var outcome = await session.Open(default);
            Assert.Equal((SmtpOutcomeKind.Broken, DeliveryStage.Greeting, fault), (outcome.Kind, outcome.Stage, outcome.Fault));
            Assert.False(session.IsUsable);
        }
    }

    [Theory]
    [InlineData("220 " + "\r\n")]
    [InlineData("220\r\n")]
    [InlineData("220 there\n")]
    [InlineData("220-there\n220-is more\n220 to say\n")]
    public async Task A_greeting_within_the_rules_is_taken_with_any_line_end(string greeting)
    {
        foreach (var arrival in Enum.GetValues<Arrival>())
        {
            await using var session = Over(new ReplayStream(arrival, ("", greeting), PlainHello));
            Assert.True((await session.Open(default)).IsAccepted);
        }
    }

    [Theory]
    [InlineData(550, "5.1.1 no\n5.1.1 such user", "5.1.1", "no such user")]
    [InlineData(550, "no code", null, "no code")]
    [InlineData(550, "4.1.1 other class", null, "4.1.1 other class")]
    [InlineData(250, "2.0.0", "2.0.0", "")]
    [InlineData(550, "5.1.1234 x", null, "5.1.1234 x")]
    [InlineData(550, "5.10.100\tx", "5.10.100", "x")]
    [InlineData(550, "evil\u001b[31m\rtext", null, "evil [31m text")]
    public void A_reply_is_told_apart_and_made_printable(int code, string lines, string? enhanced, string text) =>
        Assert.Equal(new SmtpReply(code, enhanced, text), ReplyText.ToReply(code, System.Text.Encoding.UTF8.GetBytes(lines)));

    [Fact]
    public void Of_a_long_reply_the_first_1000_characters_are_kept() =>
        Assert.Equal(1000, ReplyText.ToReply(550, new byte[1900].Select(_ => (byte)'x').ToArray()).Text.Length);

    [Fact]
    public async Task A_reply_to_nothing_ends_the_dialogue_before_the_next_command()
    {
        var stream = new ReplayStream(Arrival.Whole, Greeting, ("EHLO silo.test\r\n", "250 hi\r\n250 and again\r\n"));
        await using var session = Over(stream);
        await session.Open(default);
        var gate = new HandGate();
        var outcome = await session.Send(Mail(gate: gate), default);
        Assert.Equal((SmtpOutcomeKind.Broken, SmtpFault.BadReply), (outcome.Kind, outcome.Fault));
        Assert.False(session.IsUsable);
        Assert.Empty(gate.Calls);
    }
}
