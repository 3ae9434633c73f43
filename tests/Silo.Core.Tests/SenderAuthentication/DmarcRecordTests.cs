using Silo.Core.SenderAuthentication;
using Xunit;

namespace Silo.Core.Tests.SenderAuthentication;

public sealed class DmarcRecordTests
{
    [Fact]
    public void A_record_says_what_its_tags_say()
    {
        var (record, fault) = DmarcRecord.Parse(
            "v=DMARC1; p=reject; sp=quarantine; np=none; adkim=s; aspf=S; pct=20; t=y; ri=3600; fo=1; "
            + "rua=mailto:a@acme.example,mailto:b@reports.example!10m; ruf=mailto:c@acme.example!512k;");
        Assert.Null(fault);
        Assert.Equal((DmarcPolicy.Reject, DmarcPolicy.Quarantine, DmarcPolicy.None), Policies(record!));
        Assert.Equal((true, true, 20, true, 3600L), Numbers(record!));
        Assert.Equal(
            [new("mailto:a@acme.example", null), new DmarcReportAddress("mailto:b@reports.example", 10L << 20)], record!.AggregateReports);
        Assert.Equal([new DmarcReportAddress("mailto:c@acme.example", 512L << 10)], record.FailureReports);
        Assert.Empty(record.Slips);
    }

    [Fact]
    public void What_is_not_said_is_relaxed_whole_and_the_same_below()
    {
        var (record, _) = DmarcRecord.Parse("v=DMARC1;p=quarantine");
        Assert.Equal((DmarcPolicy.Quarantine, DmarcPolicy.Quarantine, DmarcPolicy.Quarantine), Policies(record!));
        Assert.Equal((false, false, 100, false, 86_400L), Numbers(record!));
        Assert.Equal(DmarcPolicy.Reject, DmarcRecord.Parse("v=DMARC1; p=none; sp=reject").Record!.NonexistentPolicy);
    }

    [Theory]
    [InlineData("v=DMARC1; p=none", true)]
    [InlineData("v = DMARC1 ; p = none", true)]
    [InlineData("v=DMARC1; P=REJECT", true)]
    [InlineData("v=DMARC1; rua=mailto:a@acme.example; p=none", true)]
    [InlineData("v=DMARC1; p=none; unknown=x", true)]
    [InlineData("v=DMARC1; p=none;;", true)]
    [InlineData("v=DMARC1;", false)]
    [InlineData("v=DMARC1", false)]
    [InlineData("v=dmarc1; p=none", false)]
    [InlineData("V=DMARC1; p=none", false)]
    [InlineData("v=DMARC2; p=none", false)]
    [InlineData("p=none; v=DMARC1", false)]
    [InlineData("v=DMARC1 p=none", false)]
    [InlineData("v=DMARC1; p=block", false)]
    [InlineData("v=DMARC1; p=", false)]
    [InlineData("v=DMARC1; sp=reject", false)]
    [InlineData("v=spf1 -all", false)]
    [InlineData("", false)]
    public void A_record_has_its_version_first_and_a_policy(string text, bool holds)
    {
        var (record, fault) = DmarcRecord.Parse(text);
        Assert.Equal((holds, holds), (record is not null, fault is null));
        if (holds) Assert.Empty(record!.Slips);
        else Assert.EndsWith(".", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_that_only_asks_for_reports_counts_as_none()
    {
        foreach (var text in new[] { "v=DMARC1; rua=mailto:a@acme.example", "v=DMARC1; p=rejct; rua=mailto:a@acme.example" })
        {
            var (record, _) = DmarcRecord.Parse(text);
            Assert.Equal(DmarcPolicy.None, record!.Policy);
            Assert.Single(record.Slips);
        }

        Assert.Null(DmarcRecord.Parse("v=DMARC1; p=rejct; rua=nowhere").Record);
    }

    [Theory]
    [InlineData("sp=block")]
    [InlineData("np=block")]
    [InlineData("adkim=strict")]
    [InlineData("aspf=x")]
    [InlineData("pct=101")]
    [InlineData("pct=-1")]
    [InlineData("pct=a")]
    [InlineData("ri=x")]
    [InlineData("t=1")]
    [InlineData("rua=a@acme.example")]
    [InlineData("rua=mailto:@acme.example")]
    [InlineData("rua=mailto:a@")]
    [InlineData("rua=mailto:a@acme.example!10x")]
    [InlineData("ruf=mailto:a@acme.example!")]
    [InlineData("p=none")]
    [InlineData("nonsense")]
    public void What_has_no_sense_is_passed_over_and_told(string tag)
    {
        var (record, _) = DmarcRecord.Parse($"v=DMARC1; p=reject; {tag}");
        Assert.Equal((DmarcPolicy.Reject, DmarcPolicy.Reject, DmarcPolicy.Reject), Policies(record!));
        Assert.Equal((false, false, 100, false, 86_400L), Numbers(record!));
        Assert.Empty(record!.AggregateReports.Concat(record.FailureReports));
        Assert.Single(record.Slips);
    }

    private static (DmarcPolicy, DmarcPolicy, DmarcPolicy) Policies(DmarcRecord record) =>
        (record.Policy, record.SubdomainPolicy, record.NonexistentPolicy);

    private static (bool, bool, int, bool, long) Numbers(DmarcRecord record) =>
        (record.IsDkimStrict, record.IsSpfStrict, record.Percent, record.IsTest, record.ReportInterval);
}
