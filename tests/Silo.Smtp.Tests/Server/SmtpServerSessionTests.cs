using System.Text;
using Silo.Smtp.Server;
using Xunit;

namespace Silo.Smtp.Tests.Server;

public sealed class SmtpServerSessionTests
{
    private static readonly SmtpServerOptions Options = new() { HostName = "in.example", MaxMessageBytes = 1_000, MaxErrors = 5, MaxRecipients = 2 };

    private const string Begin = "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<a@in.example>\r\nDATA\r\n";

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(3)]
    public void A_message_arrives_whole_however_it_is_cut_into_pieces(int piece)
    {
        var driver = new SessionDriver(Options);
        var replies = driver.Say($"{Begin}Subject: x\r\n\r\n..stuffed\r\n.\r\nQUIT\r\n", piece);
        Assert.Equal(["250", "250", "250", "354", "250", "221"], Codes(replies));
        var message = Assert.Single(driver.Messages);
        Assert.Equal(("", "Subject: x\r\n\r\n.stuffed\r\n"), (message.Sender, Encoding.ASCII.GetString(message.Content.Span)));
        Assert.Equal(["a@in.example"], message.Recipients);
        Assert.True(driver.IsClosed);
    }

    [Theory]
    [InlineData("one\n.\nMAIL FROM:<x@y>\r\n.\r\n")]
    [InlineData("one\r.\rtwo\r\n.\r\n")]
    [InlineData("one\n.\r\n.\r\n")]
    [InlineData("one\r\n.\n\r\n.\r\n")]
    [InlineData("one\r\n.\rx\r\n.\r\n")]
    [InlineData("one\r\r\n.\r\n")]
    public void A_line_end_that_stands_alone_spoils_the_message_and_nothing_behind_it_is_read(string data)
    {
        var driver = new SessionDriver(Options);
        var replies = driver.Say(Begin + data + "MAIL FROM:<evil@b>\r\nNOOP\r\n");
        Assert.StartsWith("554 5.6.0", replies[^1]);
        Assert.True(driver.IsClosed);
        Assert.Empty(driver.Messages);
        Assert.DoesNotContain("from evil@b", driver.Asked);
    }

    [Theory]
    [InlineData("EHLO c\nNOOP\r\n")]
    [InlineData("EHLO c\rNOOP\r\n")]
    [InlineData("EHLO c\0\r\n")]
    public void A_command_with_a_line_end_that_stands_alone_or_NUL_ends_the_connection(string command)
    {
        var driver = new SessionDriver(Options);
        Assert.StartsWith("500 5.5.2", driver.Say(command)[0]);
        Assert.True(driver.IsClosed);
    }

    [Fact]
    public void Commands_out_of_order_are_refused_and_change_nothing()
    {
        var driver = new SessionDriver(Options with { MaxErrors = 100 });
        Assert.Equal(["503"], Codes(driver.Say("MAIL FROM:<>\r\n")));
        Assert.Equal(["250", "503", "503", "250", "554"], Codes(driver.Say("EHLO c\r\nRCPT TO:<a@b>\r\nDATA\r\nMAIL FROM:<>\r\nDATA\r\n")));
        Assert.Equal(["503"], Codes(driver.Say("MAIL FROM:<x@y>\r\n")));
        Assert.Equal(["250", "503"], Codes(driver.Say("RSET\r\nRCPT TO:<a@b>\r\n")));
        Assert.Empty(driver.Messages);
    }

    [Theory]
    [InlineData("MAIL FROM:x@y", "501")]
    [InlineData("MAIL FROM:<x@y> SIZE=1001", "552")]
    [InlineData("MAIL FROM:<x@y> SIZE=1000 BODY=8BITMIME", "250")]
    [InlineData("MAIL FROM:<x@y> RET=HDRS", "555")]
    [InlineData("MAIL FROM:<é@y>", "553")]
    [InlineData("MAIL FROM:<é@y> SMTPUTF8", "250")]
    [InlineData("MAIL FROM: <x@y>", "250")]
    [InlineData("MAIL FROM:<@a,@b:x@y>", "250")]
    [InlineData("MAIL FROM:<\"a>b\"@y>", "250")]
    [InlineData("MAIL FROM:<x y@z>", "501")]
    [InlineData("AUTH PLAIN AAAA", "500")]
    [InlineData("STARTTLS", "500")]
    [InlineData("BDAT x LAST", "501")]
    [InlineData("BDAT 0 LAST", "503")]
    [InlineData("VRFY a", "252")]
    public void What_is_taken_of_a_command_is_what_was_announced(string command, string code) =>
        Assert.Equal(code, Codes(new SessionDriver(Options).Say($"EHLO c\r\n{command}\r\n"))[^1]);

    [Fact]
    public void A_chunk_that_is_refused_takes_no_memory()
    {
        var load = new SmtpServerLoad(1, 1, 1_000_000);
        var driver = new SessionDriver(Options, load);
        driver.Say($"EHLO c\r\nBDAT 60000\r\n{new string('x', 30_000)}");
        Assert.Equal(0, load.BufferedBytes);
        Assert.Equal(["503", "250"], Codes(driver.Say(new string('x', 30_000) + "NOOP\r\n")));
    }

    [Theory]
    [InlineData("EHLO c\r\nBDAT 40000000\r\n", "503")]
    [InlineData("EHLO c\r\nMAIL FROM:<x@y>\r\nBDAT 1001 LAST\r\n", "554")]
    public void A_chunk_that_is_refused_and_large_is_not_read(string commands, string code)
    {
        var driver = new SessionDriver(Options);
        Assert.Equal(code, Codes(driver.Say(commands))[^1]);
        Assert.True(driver.IsClosed);
    }

    [Fact]
    public void The_path_is_told_without_brackets_and_route()
    {
        var driver = new SessionDriver(Options);
        driver.Say("EHLO c\r\nMAIL FROM:<@a,@b:x@y>\r\nRCPT TO:<\"a>b\"@z>\r\n");
        Assert.Equal(["from x@y", "to \"a>b\"@z"], driver.Asked);
    }

    [Fact]
    public void Above_its_limits_a_peer_is_told_so_and_closed_at_the_last()
    {
        var long1 = new SessionDriver(Options);
        Assert.Equal(["500", "250"], Codes(long1.Say(new string('x', 5_000) + "\r\nNOOP\r\n", 700)));
        var large = new SessionDriver(Options);
        Assert.Equal("552", Codes(large.Say($"{Begin}{new string('x', 1_500)}\r\n.\r\n"))[^1]);
        Assert.False(large.IsClosed);
        var endless = new SessionDriver(Options);
        endless.Say(Begin + new string('x', 5_000), 100);
        Assert.True(endless.IsClosed);
        var many = new SessionDriver(Options);
        Assert.Equal("452", Codes(many.Say("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\n"))[^1]);
        var wrong = new SessionDriver(Options);
        Assert.Equal(["500", "500", "500", "500", "421"], Codes(wrong.Say("X\r\nX\r\nX\r\nX\r\nX\r\nX\r\n")));
        var chatty = new SessionDriver(Options with { MaxCommands = 3 });
        Assert.Equal(["250", "250", "250", "421"], Codes(chatty.Say("NOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\n")));
    }

    [Fact]
    public void Refused_recipients_count_as_errors()
    {
        var driver = new SessionDriver(Options) { Recipient = _ => new SmtpServerReply(550, "5.1.1", "No") };
        var replies = driver.Say("EHLO c\r\nMAIL FROM:<>\r\n" + string.Concat(Enumerable.Repeat("RCPT TO:<a@b>\r\n", 9)));
        Assert.Equal("421", Codes(replies)[^1]);
        Assert.Equal(4, Codes(replies).Count(c => c == "550"));
    }

    [Fact]
    public void The_answer_to_EHLO_names_the_extensions() =>
        Assert.Equal(
            ["250-in.example", "250-PIPELINING", "250-8BITMIME", "250-SMTPUTF8", "250-ENHANCEDSTATUSCODES", "250-CHUNKING", "250 SIZE 1000"],
            new SessionDriver(Options).Say("EHLO c\r\n"));

    private static string[] Codes(IReadOnlyList<string> replies) => [.. replies.Where(r => r[3] == ' ').Select(r => r[..3])];
}
