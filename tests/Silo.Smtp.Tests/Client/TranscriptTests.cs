using Silo.Core.Delivery;
using Silo.Smtp.Client;
using Xunit;
using static Silo.Smtp.Tests.Client.Dialogues;

namespace Silo.Smtp.Tests.Client;

public class TranscriptTests
{
    private const string Message = "Subject: x\r\n\r\nhello\r\n";

    public static TheoryData<Arrival> Arrivals => [Arrival.Whole, Arrival.LineByLine, Arrival.ByteByByte];

    [Theory, MemberData(nameof(Arrivals))]
    public async Task A_server_without_extensions_is_led_step_by_step(Arrival arrival)
    {
        var stream = new ReplayStream(arrival, Greeting, PlainHello,
            ("MAIL FROM:<s@example.org>\r\n", "250 ok\r\n"),
            ("RCPT TO:<r@example.com>\r\n", "250-2.1.5 yes\r\n250 2.1.5 really\r\n"),
            ("DATA\r\n", "354 go\r\n"),
            (Message + ".\r\n", "250 2.0.0 Ok: queued as 4A5B6C\r\n"),
            ("QUIT\r\n", "221 bye\r\n"));
        await using var session = Over(stream);
        Assert.True((await session.Open(default)).IsAccepted);
        var outcome = await session.Send(Mail(), default);
        await session.Quit();
        Assert.Equal((SmtpOutcomeKind.Accepted, DeliveryStage.FinalDot), (outcome.Kind, outcome.Stage));
        Assert.Equal(new SmtpReply(250, "2.0.0", "Ok: queued as 4A5B6C"), outcome.Reply);
        Assert.True(stream.Completed, stream.Written);
    }

    [Theory, MemberData(nameof(Arrivals))]
    public async Task With_PIPELINING_three_commands_leave_in_one_write(Arrival arrival)
    {
        var group = "MAIL FROM:<s@example.org> SIZE=21\r\nRCPT TO:<r@example.com>\r\nDATA\r\n";
        var stream = new ReplayStream(arrival, Greeting, PipeliningHello,
            (group, "250 ok\r\n250 ok\r\n354 go\r\n"), (Message + ".\r\n", "250 ok\r\n"),
            (group, "250 ok\r\n250 ok\r\n354 go\r\n"), (Message + ".\r\n", "451 4.3.0 later\r\n"));
        await using var session = Over(stream);
        await session.Open(default);
        Assert.True((await session.Send(Mail(), default)).IsAccepted);
        var second = await session.Send(Mail(), default);
        Assert.Equal((SmtpOutcomeKind.Refused, DeliveryStage.FinalDot, 451), (second.Kind, second.Stage, second.Reply!.Code));
        Assert.True(session.IsUsable);
        Assert.True(stream.Completed, stream.Written);
    }

    [Theory, MemberData(nameof(Arrivals))]
    public async Task A_refused_recipient_leaves_the_connection_good_and_is_reset_before_the_next_MAIL(Arrival arrival)
    {
        var stream = new ReplayStream(arrival, Greeting, PlainHello,
            ("MAIL FROM:<s@example.org>\r\n", "250 ok\r\n"),
            ("RCPT TO:<r@example.com>\r\n", "550-5.1.1 no such\r\n550 5.1.1 user\r\n"),
            ("RSET\r\n", "250 ok\r\n"),
            ("MAIL FROM:<s@example.org>\r\n", "250 ok\r\n"),
            ("RCPT TO:<r@example.com>\r\n", "250 ok\r\n"), ("DATA\r\n", "354 go\r\n"), (Message + ".\r\n", "250 ok\r\n"));
        await using var session = Over(stream);
        await session.Open(default);
        var refused = await session.Send(Mail(), default);
        Assert.Equal(new SmtpReply(550, "5.1.1", "no such user"), refused.Reply);
        Assert.True((await session.Send(Mail(), default)).IsAccepted);
        Assert.True(stream.Completed, stream.Written);
    }

    [Theory]
    [InlineData("550 5.1.1 no\r\n503 no recipient\r\n", "", true)]
    [InlineData("550 5.1.1 no\r\n354 go on\r\n", ".\r\n", true)]
    [InlineData("421 4.3.2 down\r\n", "", false)]
    public async Task DATA_that_was_sent_with_a_refused_recipient_is_answered_for(string replies, string then, bool usable)
    {
        var group = "MAIL FROM:<s@example.org> SIZE=21\r\nRCPT TO:<r@example.com>\r\nDATA\r\n";
        var steps = new List<(string, string)> { Greeting, PipeliningHello, (group, "250 ok\r\n" + replies) };
        if (then.Length > 0) steps.Add((then, "554 5.5.1 no valid recipients\r\n"));
        foreach (var arrival in Enum.GetValues<Arrival>())
        {
            var stream = new ReplayStream(arrival, [.. steps]);
            await using var session = Over(stream);
            await session.Open(default);
            var outcome = await session.Send(Mail(), default);
            Assert.Equal((SmtpOutcomeKind.Refused, DeliveryStage.Recipient), (outcome.Kind, outcome.Stage));
            Assert.Equal(usable, session.IsUsable);
            Assert.True(stream.Completed, stream.Written);
        }
    }

    [Fact]
    public async Task An_open_transaction_is_reset_in_the_same_write_with_PIPELINING()
    {
        var group = "MAIL FROM:<s@example.org> SIZE=21\r\nRCPT TO:<r@example.com>\r\nDATA\r\n";
        var stream = new ReplayStream(Arrival.Whole, Greeting, PipeliningHello,
            (group, "250 ok\r\n550 5.1.1 no\r\n503 no\r\n"),
            ("RSET\r\n" + group, "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"), (Message + ".\r\n", "250 ok\r\n"));
        await using var session = Over(stream);
        await session.Open(default);
        await session.Send(Mail(), default);
        Assert.True((await session.Send(Mail(), default)).IsAccepted);
    }

    [Fact]
    public async Task A_refused_MAIL_reads_away_the_replies_behind_it()
    {
        var group = "MAIL FROM:<s@example.org> SIZE=21\r\nRCPT TO:<r@example.com>\r\nDATA\r\n";
        var stream = new ReplayStream(Arrival.ByteByByte, Greeting, PipeliningHello, (group, "550 5.7.1 not you\r\n503 no\r\n503 no\r\n"));
        await using var session = Over(stream);
        await session.Open(default);
        var outcome = await session.Send(Mail(), default);
        Assert.Equal((SmtpOutcomeKind.Refused, DeliveryStage.Mail, 550), (outcome.Kind, outcome.Stage, outcome.Reply!.Code));
        Assert.True(session.IsUsable);
    }

    [Theory, MemberData(nameof(Arrivals))]
    public async Task A_server_that_knows_no_EHLO_gets_HELO(Arrival arrival)
    {
        var stream = new ReplayStream(arrival, Greeting, ("EHLO silo.test\r\n", "502 what\r\n"), ("HELO silo.test\r\n", "250 hi\r\n"));
        await using var session = Over(stream);
        Assert.True((await session.Open(default)).IsAccepted);
        Assert.Equal(PeerExtensions.None, session.Extensions);
    }

    [Theory]
    [InlineData("250-AUTH PLAIN LOGIN\r\n", "AUTH PLAIN AHUAcA==\r\n", "")]
    [InlineData("250-AUTH LOGIN\r\n", "AUTH LOGIN\r\n", "dQ==\r\n")]
    public async Task A_credential_passes_in_plain_text_to_loopback_only(string offer, string first, string then)
    {
        var hello = ("EHLO silo.test\r\n", "250-there\r\n" + offer + "250 HELP\r\n");
        var options = Plain with { Credential = new SmtpCredential("u", "p") };
        (string, string)[] login = then.Length == 0
            ? [Greeting, hello, (first, "235 ok\r\n")]
            : [Greeting, hello, (first, "334 VXNlcm5hbWU6\r\n"), (then, "334 UGFzc3dvcmQ6\r\n"), ("cA==\r\n", "235 ok\r\n")];
        await using (var session = Over(new ReplayStream(Arrival.ByteByByte, login), options with { PeerIsLoopback = true }))
            Assert.True((await session.Open(default)).IsAccepted);

        var stream = new ReplayStream(Arrival.Whole, Greeting, hello);
        await using var remote = Over(stream, options);
        var outcome = await remote.Open(default);
        Assert.Equal((DeliveryStage.Authenticate, SmtpFault.AuthenticationUnprotected), (outcome.Stage, outcome.Fault));
        Assert.DoesNotContain("AUTH", stream.Written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_login_is_told_with_its_reply_and_without_the_password()
    {
        var stream = new ReplayStream(Arrival.Whole, Greeting, ("EHLO silo.test\r\n", "250-x\r\n250 AUTH PLAIN\r\n"),
            ("AUTH PLAIN AHUAcA==\r\n", "535 5.7.8 wrong\r\n"));
        var credential = new SmtpCredential("u", "p");
        await using var session = Over(stream, Plain with { Credential = credential, PeerIsLoopback = true });
        var outcome = await session.Open(default);
        Assert.Equal((SmtpOutcomeKind.Refused, DeliveryStage.Authenticate, 535), (outcome.Kind, outcome.Stage, outcome.Reply!.Code));
        Assert.Equal("u:***", credential.ToString());
    }
}
