using System.Text;
using Silo.Smtp.Client;
using Xunit;
using static Silo.Smtp.Tests.Client.Dialogues;

namespace Silo.Smtp.Tests.Client;

public class CommandTests
{
    [Theory]
    [InlineData("a@b.example\r\nRCPT TO:<victim@example.com>")]
    [InlineData("a@b.example\nDATA")]
    [InlineData("a\r@b.example")]
    [InlineData("a@b.example> SIZE=0")]
    [InlineData("a@b.example>x")]
    [InlineData("a@b.example\0")]
    [InlineData("a@b.example\u0085x")]
    [InlineData("a@b.example\u2028x")]
    [InlineData("a b@c.example")]
    [InlineData("<a@b.example")]
    [InlineData("a@b.example\u007f")]
    public async Task An_address_cannot_carry_a_command(string address)
    {
        var stream = new ReplayStream(Arrival.Whole, Greeting, PipeliningHello);
        await using var session = Over(stream);
        await session.Open(default);
        var before = stream.Written;
        var gate = new HandGate();
        Assert.Equal(SmtpFault.BadRecipient, (await session.Send(Mail(address, gate: gate), default)).Fault);
        Assert.Equal(SmtpFault.BadSender, (await session.Send(Mail(gate: gate) with { Sender = address }, default)).Fault);
        Assert.Equal(before, stream.Written);
        Assert.Empty(gate.Calls);
        Assert.True(session.IsUsable);
    }

    [Fact]
    public void A_lone_surrogate_would_become_another_address() => Assert.False(Mailbox.IsSafe("a" + (char)0xD800 + "@b.example", false));

    [Fact]
    public async Task No_recipient_at_all_is_refused_and_no_sender_is_the_null_sender()
    {
        var stream = new ReplayStream(Arrival.Whole, Greeting, PlainHello, ("MAIL FROM:<>\r\n", "550 no\r\n"));
        await using var session = Over(stream);
        await session.Open(default);
        Assert.Equal(SmtpFault.BadRecipient, (await session.Send(Mail(""), default)).Fault);
        Assert.Equal(550, (await session.Send(Mail() with { Sender = "" }, default)).Reply!.Code);
    }

    [Fact]
    public async Task What_the_peer_cannot_take_is_not_offered_to_it()
    {
        var stream = new ReplayStream(Arrival.Whole, Greeting, ("EHLO silo.test\r\n", "250-x\r\n250 SIZE 30\r\n"));
        await using var session = Over(stream);
        await session.Open(default);
        var before = stream.Written;
        Assert.Equal(SmtpFault.EightBitMissing, (await session.Send(Mail() with { NeedsEightBit = true }, default)).Fault);
        Assert.Equal(SmtpFault.Utf8Missing, (await session.Send(Mail() with { NeedsSmtpUtf8 = true }, default)).Fault);
        Assert.Equal(SmtpFault.Utf8Missing, (await session.Send(Mail("jürgen@example.com"), default)).Fault);
        Assert.Equal(SmtpFault.TooLarge, (await session.Send(Mail(content: new string('x', 31)), default)).Fault);
        Assert.Equal(before, stream.Written);
    }

    [Fact]
    public async Task Parameters_of_MAIL_are_given_when_offered_and_needed()
    {
        var stream = new ReplayStream(Arrival.Whole, Greeting,
            ("EHLO silo.test\r\n", "250-x\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE\r\n"),
            ("MAIL FROM:<s@example.org> SIZE=21 BODY=8BITMIME SMTPUTF8\r\n", "250 ok\r\n"),
            ("RCPT TO:<jürgen@example.com>\r\n", "450 later\r\n"));
        await using var session = Over(stream);
        await session.Open(default);
        await session.Send(Mail("jürgen@example.com") with { NeedsEightBit = true }, default);
        Assert.True(stream.Completed, stream.Written);
    }

    [Fact]
    public void Stuffing_doubles_each_dot_that_starts_a_line_and_no_other()
    {
        const string alphabet = "..\r\n\r\nab";
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var content = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => alphabet[random.Next(alphabet.Length)]));
            var expected = new List<int>();
            for (var i = 0; i < content.Length; i++)
            {
                if (content[i] == '.' && (i == 0 || content[i - 1] is '\r' or '\n')) expected.Add(i);
            }

            var found = new List<int>();
            var bytes = Encoding.ASCII.GetBytes(content);
            for (var at = DotStuffing.Next(bytes, 0); at >= 0; at = DotStuffing.Next(bytes, at + 1)) found.Add(at);
            var lists = $"{string.Join(',', expected)} / {string.Join(',', found)}";
            Assert.True(expected.SequenceEqual(found), $"seed {seed}: '{content}' {lists}");
        }
    }

    [Theory]
    [InlineData(".\r\n.\r\nend", "..\r\n..\r\nend\r\n.\r\n")]
    [InlineData("a\n.\nQUIT\r\n", "a\n..\nQUIT\r\n.\r\n")]
    [InlineData("a\r.\rQUIT\r\n", "a\r..\rQUIT\r\n.\r\n")]
    [InlineData("", ".\r\n")]
    public async Task A_message_cannot_end_itself(string content, string written)
    {
        var stream = new ReplayStream(Arrival.Whole, Greeting, PlainHello, ("MAIL FROM:<s@example.org>\r\n", "250 ok\r\n"),
            ("RCPT TO:<r@example.com>\r\n", "250 ok\r\n"), ("DATA\r\n", "354 go\r\n"), (written, "250 ok\r\n"));
        await using var session = Over(stream);
        await session.Open(default);
        Assert.True((await session.Send(Mail(content: content), default)).IsAccepted);
        Assert.True(stream.Completed, stream.Written);
    }
}
