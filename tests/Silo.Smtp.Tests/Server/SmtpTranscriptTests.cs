using System.Text;
using Silo.Smtp.Server;
using Xunit;

namespace Silo.Smtp.Tests.Server;

/// <summary>Whole dialogues: what comes in one piece, line by line or byte by byte is answered alike.</summary>
public sealed class SmtpTranscriptTests
{
    private static readonly SmtpServerOptions Options = new()
    {
        HostName = "in.example", MaxMessageBytes = 1_000, MaxBufferBytes = 6_000, MaxErrors = 6, MaxRecipients = 2,
        Authentication = SmtpAuthentication.Always, Tls = () => throw new InvalidOperationException("Nothing is encrypted here."),
    };

    private const string Hello = "EHLO c\r\n";
    private const string Take = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n";

    public static TheoryData<string, string, string, string> Dialogues => new()
    {
        { "AUTH PLAIN with its response", Hello + "AUTH PLAIN AHVzZXIAb3Blbg==\r\n" + Take, "250 235 250 250", "login user open|from a@b|to c@d" },
        { "AUTH PLAIN asked for it", Hello + "AUTH PLAIN\r\nAHVzZXIAb3Blbg==\r\nNOOP\r\n", "250 334 235 250", "login user open" },
        { "AUTH PLAIN for itself", Hello + "AUTH PLAIN dXNlcgB1c2VyAG9wZW4=\r\n", "250 235", "login user open" },
        { "AUTH PLAIN for somebody else", Hello + "AUTH PLAIN YWRtaW4AdXNlcgBvcGVu\r\n", "250 501", "" },
        { "AUTH LOGIN", Hello + "AUTH LOGIN\r\ndXNlcg==\r\nb3Blbg==\r\n", "250 334 334 235", "login user open" },
        { "AUTH LOGIN with the user", Hello + "AUTH LOGIN dXNlcg==\r\nb3Blbg==\r\n", "250 334 235", "login user open" },
        { "A wrong password", Hello + "AUTH PLAIN AHVzZXIAc2h1dA==\r\nAUTH LOGIN dXNlcg==\r\nb3Blbg==\r\n", "250 535 334 235", "login user shut|login user open" },
        { "AUTH twice", Hello + "AUTH PLAIN AHVzZXIAb3Blbg==\r\nAUTH PLAIN AHVzZXIAb3Blbg==\r\n", "250 235 503", "login user open" },
        { "AUTH cancelled", Hello + "AUTH LOGIN\r\n*\r\nNOOP\r\n", "250 334 501 250", "" },
        { "AUTH that is no base64", Hello + "AUTH PLAIN !!\r\nAUTH PLAIN =\r\nAUTH LOGIN =\r\nNOOP\r\n", "250 501 501 501 250", "" },
        { "AUTH of another kind, before EHLO, in a transaction", "AUTH PLAIN\r\n" + Hello + "AUTH CRAM-MD5\r\n" + Take + "AUTH PLAIN\r\n", "503 250 504 250 250 503", "from a@b|to c@d" },
        { "A response that is a command", Hello + "AUTH LOGIN\r\nMAIL FROM:<a@b>\r\nNOOP\r\n", "250 334 501 250", "" },
        { "A line too long as a response", Hello + "AUTH LOGIN\r\n" + new string('A', 3_000) + "\r\nNOOP\r\n", "250 334 500 250", "" },
        { "AUTH of MAIL", Hello + "MAIL FROM:<a@b> AUTH=<>\r\n", "250 250", "from a@b" },
        { "Chunks", Hello + Take + "BDAT 7\r\na: b\r\n\rBDAT 5 LAST\r\n\n.\r\nxNOOP\r\n", "250 250 250 250 250 250", "from a@b|to c@d" },
        { "Chunks with an empty end", Hello + Take + "BDAT 2\r\nhiBDAT 0 LAST\r\nNOOP\r\n", "250 250 250 250 250 250", "from a@b|to c@d" },
        { "A chunk that nobody asked for is passed over", Hello + "BDAT 6\r\nQUIT\r\nBDAT 0 LAST\r\nNOOP\r\n", "250 503 503 250", "" },
        { "A chunk without recipients", Hello + "MAIL FROM:<a@b>\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n", "250 250 554 250", "from a@b" },
        { "DATA and RCPT among chunks", Hello + Take + "BDAT 2\r\nhiDATA\r\nRCPT TO:<e@f>\r\nBDAT 0 LAST\r\n", "250 250 250 250 503 503 250", "from a@b|to c@d" },
        { "RSET among chunks", Hello + Take + "BDAT 2\r\nhiRSET\r\nBDAT 2 LAST\r\nhiNOOP\r\n", "250 250 250 250 250 503 250", "from a@b|to c@d" },
        { "Chunks too large", Hello + Take + $"BDAT 1001\r\n{new string('x', 1_001)}BDAT 0 LAST\r\nNOOP\r\n", "250 250 250 552 503 250", "from a@b|to c@d" },
        { "Chunks with a bare LF", Hello + Take + "BDAT 6 LAST\r\nhi\nho\nNOOP\r\n", "250 250 250 554", "from a@b|to c@d" },
        { "Chunks with a CR at the end", Hello + Take + "BDAT 3\r\nhi\rBDAT 0 LAST\r\nNOOP\r\n", "250 250 250 250 554", "from a@b|to c@d" },
        { "A chunk whose size is unknown", Hello + Take + "BDAT 99999999999999999999 LAST\r\nNOOP\r\n", "250 250 250 501", "from a@b|to c@d" },
        { "SIZE above the largest", Hello + "MAIL FROM:<a@b> SIZE=7000\r\nMAIL FROM:<a@b> SIZE=1000\r\n", "250 552 250", "from a@b" },
        { "Two messages", Hello + Take + "DATA\r\nx\r\n.\r\n" + Take + "DATA\r\ny\r\n.\r\nQUIT\r\n", "250 250 250 354 250 250 250 354 250 221", "from a@b|to c@d|from a@b|to c@d" },
        { "STARTTLS with an argument", Hello + "STARTTLS now\r\n", "250 501", "" },
    };

    [Theory]
    [MemberData(nameof(Dialogues))]
    public void A_dialogue_is_answered_alike_however_it_comes(string name, string client, string codes, string asked)
    {
        foreach (var pieces in new[] { [client], client.SplitInclusive(), [.. client.Select(c => c.ToString())] })
        {
            var driver = new SessionDriver(Options);
            var replies = pieces.SelectMany(p => driver.Say(p)).ToArray();
            Assert.Equal((name, codes, asked), (name, string.Join(' ', replies.Where(r => r[3] == ' ').Select(r => r[..3])), string.Join('|', driver.Asked)));
        }
    }

    [Fact]
    public void What_comes_in_chunks_is_the_message_with_all_its_dots()
    {
        var driver = new SessionDriver(Options);
        driver.Say(Hello + Take + "BDAT 7\r\na: b\r\n\rBDAT 6 LAST\r\n\n.\r\n.x");
        Assert.Equal("a: b\r\n\r\n.\r\n.x", Encoding.ASCII.GetString(Assert.Single(driver.Messages).Content.Span));
    }

    [Fact]
    public void Before_TLS_no_password_is_taken_and_after_it_nothing_is_remembered()
    {
        var driver = new SessionDriver(Options with { Authentication = SmtpAuthentication.OverTls });
        var before = driver.Say(Hello + "AUTH PLAIN AHVzZXIAb3Blbg==\r\nMAIL FROM:<a@b>\r\n");
        Assert.Contains("250-STARTTLS", before);
        Assert.DoesNotContain("250-AUTH PLAIN LOGIN", before);
        Assert.Equal("530 5.7.0 Must issue a STARTTLS command first", before[^2]);
        Assert.StartsWith("220", Assert.Single(driver.Say("STARTTLS\r\n")));
        Assert.True(driver.IsTls);
        Assert.StartsWith("503", Assert.Single(driver.Say("RCPT TO:<c@d>\r\n")));
        Assert.StartsWith("503", Assert.Single(driver.Say("AUTH PLAIN AHVzZXIAb3Blbg==\r\n")));
        var after = driver.Say(Hello + "AUTH PLAIN AHVzZXIAb3Blbg==\r\nSTARTTLS\r\n");
        Assert.Contains("250-AUTH PLAIN LOGIN", after);
        Assert.DoesNotContain("250-STARTTLS", after);
        Assert.StartsWith("235", after[^2]);
        Assert.StartsWith("503", after[^1]);
    }

    [Fact]
    public void Who_logged_in_before_TLS_has_not_logged_in_after_it()
    {
        var driver = new SessionDriver(Options);
        driver.Say(Hello + "AUTH PLAIN AHVzZXIAb3Blbg==\r\n");
        driver.Say("STARTTLS\r\n");
        Assert.StartsWith("235", driver.Say(Hello + "AUTH PLAIN AHVzZXIAb3Blbg==\r\n")[^1]);
    }

    [Theory]
    [InlineData("STARTTLS\r\nMAIL FROM:<evil@b>\r\n")]
    [InlineData("STARTTLS\r\nM")]
    public void What_stands_behind_STARTTLS_is_never_read_as_said_over_TLS(string injection)
    {
        var seen = new List<SmtpServerEvent>();
        var driver = new SessionDriver(Options with { Happened = seen.Add });
        Assert.StartsWith("554 5.5.0", driver.Say(Hello + injection)[^1]);
        Assert.True(driver.IsClosed);
        Assert.False(driver.IsTls);
        Assert.Empty(driver.Asked);
        Assert.Equal([SmtpServerEvent.InjectedBeforeTls], seen);
    }

    [Fact]
    public void Half_a_line_from_before_the_handshake_is_no_part_of_one_behind_it()
    {
        using var session = new SmtpServerSession(Options);
        session.Read("EHLO c\r\n"u8, out _);
        session.Read("MAIL FROM:<evil@b>"u8, out _);
        session.BeginTls();
        Assert.Equal(SmtpServerStep.Reply, session.Read("NOOP\r\n"u8, out _));
        Assert.Equal(250, session.Reply.Code);
    }

    [Fact]
    public void Messages_share_a_budget_of_bytes_and_what_finds_no_room_comes_back_later()
    {
        var load = new SmtpServerLoad(10, 10, 5_000);
        using var one = new SmtpServerSession(Options, load);
        using var other = new SmtpServerSession(Options, load);
        Send(one, Hello + Take + "DATA\r\n" + new string('x', 900) + "\r\n");
        Assert.InRange(load.BufferedBytes, 900, 1_000);
        Assert.True(load.TryTakeBytes(4_000));
        Assert.Equal("452 4.3.1", Send(other, Hello + Take + "DATA\r\n" + new string('x', 900) + "\r\n.\r\n").ToString()[..9]);
        Assert.Equal(452, Send(other, "MAIL FROM:<a@b> SIZE=900\r\n").Code);
        load.GiveBytes(4_000);
        Assert.Equal(250, Send(other, "MAIL FROM:<a@b> SIZE=900\r\n").Code);
        one.Dispose();
        Assert.Equal(0, load.BufferedBytes);
    }

    private static SmtpServerReply Send(SmtpServerSession session, string text)
    {
        ReadOnlySpan<byte> input = Encoding.ASCII.GetBytes(text);
        for (var step = SmtpServerStep.Reply; step != SmtpServerStep.NeedMore;)
        {
            step = session.Read(input, out var used);
            input = input[used..];
            if (step is SmtpServerStep.Sender or SmtpServerStep.Recipient) session.Answer(new SmtpServerReply(250, null, "Ok"));
        }

        return session.Reply;
    }
}

internal static class Lines
{
    /// <summary>With their ends.</summary>
    public static string[] SplitInclusive(this string text) =>
        [.. text.Split("\n").Select((line, i) => i < text.Count(c => c == '\n') ? line + "\n" : line).Where(l => l.Length > 0)];
}
