using System.Text;
using Silo.Core.Feedback;
using Xunit;

namespace Silo.Core.Tests.Feedback;

public sealed class FeedbackMailTests
{
    [Theory]
    [InlineData("postfix", DeliveryStatusAction.Failed, "5.1.1", "ann@example.net", "550 5.1.1 <ann@example.net>: Recipient address    rejected: User unknown")]
    [InlineData("postfix delayed", DeliveryStatusAction.Delayed, "4.4.1", "bob@example.org", "connect to mail.example.org[192.0.2.1]:25: Connection timed out")]
    [InlineData("exim", DeliveryStatusAction.Failed, "5.0.0", "dora@example.com", "550 5.7.1 message blocked, see https://mx.example.com/why")]
    [InlineData("exim of old", DeliveryStatusAction.Failed, null, "eve@example.com", null)]
    [InlineData("exchange", DeliveryStatusAction.Failed, "5.1.10", "gus@outlook.example", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient gus@outlook.example not found by SMTP address lookup")]
    [InlineData("gmail", DeliveryStatusAction.Failed, "5.2.2", "hal@gmail.example", "552-5.2.2 The recipient's inbox is out of storage space. 552 5.2.2 https://support.example/mail/?p=OverQuotaPerm a640c23a62f3a-ab1 - gsmtp")]
    [InlineData("utf-8 addresses", DeliveryStatusAction.Failed, "5.1.1", "reneé@example.jp", null)]
    [InlineData("ses", DeliveryStatusAction.Failed, "4.4.7", "lea@example.org", "550 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.0 Unable to lookup DNS>")]
    public void A_notification_says_what_became_of_its_first_recipient(
        string sample, DeliveryStatusAction action, string? status, string recipient, string? diagnostic)
    {
        var report = Assert.IsType<FeedbackMail.DeliveryStatus>(Read(sample)).Report;
        var first = report.Recipients[0];
        Assert.Equal((action, status, recipient, diagnostic), (first.Action, first.Status, first.FinalRecipient, first.Diagnostic));
    }

    [Fact]
    public void Each_recipient_of_a_notification_has_its_own_action()
    {
        var report = Assert.IsType<FeedbackMail.DeliveryStatus>(Read("postfix delivered")).Report;
        Assert.Equal(
            [("ann@example.net", DeliveryStatusAction.Relayed), ("cid@example.net", DeliveryStatusAction.Delivered), ("list@example.net", DeliveryStatusAction.Expanded)],
            report.Recipients.Select(r => (r.FinalRecipient!, r.Action)));
    }

    [Fact]
    public void A_notification_tells_its_envelope_id_its_server_and_the_headers_that_tie_it()
    {
        var report = Assert.IsType<FeedbackMail.DeliveryStatus>(Read("postfix")).Report;
        Assert.Equal(("id=7", "mx.example.net"), (report.EnvelopeId, report.ReportingServer));
        Assert.Equal(["v1.aGVsbG8gd29ybGQgd29ybGQ.c2lnbmF0dXJl"], report.Original.References);
        Assert.Equal(("returned@bounce.acme.example", "<m-1@acme.example>"), (report.Original.ReturnPath, report.Original.MessageId));
        Assert.Equal(("smtp", "mx2.example.net", "ann@example.net"),
            (report.Recipients[0].DiagnosticType, report.Recipients[0].RemoteServer, report.Recipients[0].OriginalRecipient));
    }

    [Theory]
    [InlineData("yahoo arf", ComplaintKind.Abuse, "returned@bounce.acme.example", "ina@yahoo.example", "v1.eWFob28.c2ln")]
    [InlineData("redacted arf", ComplaintKind.Fraud, null, "redacted@isp.example", "v1.cmVkYWN0ZWQ.c2ln")]
    [InlineData("jmrp arf", ComplaintKind.Abuse, "returned@bounce.acme.example", null, "v1.am1ycA.c2ln")]
    [InlineData("jmrp of old", ComplaintKind.Abuse, null, "kim@outlook.example", "v1.b2xk.c2ln")]
    [InlineData("not spam", ComplaintKind.NotSpam, null, null, "v1.a.b")]
    public void A_complaint_says_of_what_and_holds_what_ties_it(
        string sample, ComplaintKind kind, string? mailFrom, string? recipient, string reference)
    {
        var report = Assert.IsType<FeedbackMail.Complaint>(Read(sample)).Report;
        Assert.Equal((kind, mailFrom, recipient), (report.Kind, report.OriginalMailFrom, report.Recipients.FirstOrDefault()));
        Assert.Equal([reference], report.Original.References);
    }

    [Theory]
    [InlineData("out of office", NotFeedbackReason.AutomaticReply)]
    [InlineData("challenge", NotFeedbackReason.NoReport)]
    [InlineData("read receipt", NotFeedbackReason.OtherReport)]
    [InlineData("forwarded report", NotFeedbackReason.NoReport)]
    public void Answers_challenges_receipts_and_forwarded_reports_are_no_feedback(string sample, NotFeedbackReason reason) =>
        Assert.Equal(new FeedbackMail.None(reason), Read(sample));

    [Fact]
    public void Above_a_limit_a_mail_is_refused_or_the_rest_is_not_looked_at()
    {
        Assert.Equal(new FeedbackMail.None(NotFeedbackReason.TooLarge), FeedbackMailReader.Read(new byte[FeedbackLimits.MaxMailBytes + 1]));
        var deep = new StringBuilder();
        for (var i = 0; i <= FeedbackLimits.MaxDepth + 1; i++) deep.Append($"Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n");
        Assert.Equal(new FeedbackMail.None(NotFeedbackReason.TooDeep), Read(deep));
        var many = new StringBuilder("Content-Type: multipart/mixed; boundary=b\r\n\r\n");
        for (var i = 0; i < FeedbackLimits.MaxParts; i++) many.Append("--b\r\n\r\nx\r\n");
        Assert.Equal(new FeedbackMail.None(NotFeedbackReason.TooManyParts), Read(many));
        var recipients = new StringBuilder("Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n");
        for (var i = 0; i < FeedbackLimits.MaxRecipients + 7; i++)
            recipients.Append($"Final-Recipient: rfc822; r{i}@example.org\r\nAction: failed\r\nDiagnostic-Code: smtp; {new string('x', 5_000)}\r\n\r\n");
        var report = Assert.IsType<FeedbackMail.DeliveryStatus>(Read(recipients)).Report;
        Assert.Equal(FeedbackLimits.MaxRecipients, report.Recipients.Count);
        Assert.All(report.Recipients, r => Assert.True(r.Diagnostic!.Length <= FeedbackLimits.MaxFieldCharacters));
    }

    [Fact]
    public void Line_ends_without_CR_and_blank_lines_of_blanks_are_read_as_well()
    {
        var bare = Encoding.UTF8.GetString(FeedbackSamples.Mail["postfix delivered"]).Replace("\r\n", "\n").Replace("\n\nFinal", "\n \t\nFinal");
        Assert.Equal(3, Assert.IsType<FeedbackMail.DeliveryStatus>(FeedbackMailReader.Read(Encoding.UTF8.GetBytes(bare))).Report.Recipients.Count);
    }

    private static FeedbackMail Read(string sample) => FeedbackMailReader.Read(FeedbackSamples.Mail[sample]);

    private static FeedbackMail Read(StringBuilder text) => FeedbackMailReader.Read(Encoding.ASCII.GetBytes(text.ToString()));
}
