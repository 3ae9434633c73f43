using Silo.Core.Compliance;
using Silo.Core.SenderAuthentication;
using Xunit;

namespace Silo.Core.Tests.Compliance;

public sealed class ComplianceRulesTests
{
    private const string Domain = "acme.example";

    [Theory]
    [InlineData(ComplianceState.Met, "v=spf1 ip4:192.0.2.1 -all", "other")]
    [InlineData(ComplianceState.Met, "v=SPF1 -all")]
    [InlineData(ComplianceState.NotMet, "v=spf10 -all")]
    [InlineData(ComplianceState.NotMet)]
    [InlineData(ComplianceState.NotMet, "v=spf1 a -all", "v=spf1 mx -all")]
    [InlineData(ComplianceState.NotMet, "v=spf1 +all")]
    [InlineData(ComplianceState.Unknown, null)]
    public void SPF_is_one_record_that_does_not_let_everybody_send(ComplianceState expected, params string?[] texts) =>
        Assert.Equal(expected, State("SPF", Facts() with { ReturnPath = Answer(Domain, texts) }));

    [Fact]
    public void A_void_record_is_told_with_its_slip()
    {
        var item = Of("SPF", Facts() with { ReturnPath = Answer(Domain, ["v=spf1 ipv4:192.0.2.1 -all"]) });
        Assert.Equal(ComplianceState.NotMet, item.State);
        Assert.Contains("'ipv4:192.0.2.1' is no mechanism.", item.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ComplianceState.Met, false, SpfResult.Pass, SpfResult.Pass)]
    [InlineData(ComplianceState.NotMet, false, SpfResult.Pass, SpfResult.SoftFail)]
    [InlineData(ComplianceState.NotMet, false, SpfResult.Neutral)]
    [InlineData(ComplianceState.NotMet, false, SpfResult.PermanentError)]
    [InlineData(ComplianceState.NotMet, false, SpfResult.TemporaryError, SpfResult.Fail)]
    [InlineData(ComplianceState.Unknown, false, SpfResult.Pass, SpfResult.TemporaryError)]
    [InlineData(ComplianceState.Met, true, SpfResult.Pass)]
    [InlineData(ComplianceState.Unknown, true, SpfResult.Fail)]
    public void SPF_is_met_when_every_address_that_mail_leaves_from_passes(ComplianceState expected, bool areGuessed, params SpfResult[] results)
    {
        var sources = results.Select((r, i) => new SourceFacts($"192.0.2.{i}", r, $"Reason {i}.")).ToList();
        var item = Of("SPF", Facts() with
        {
            ReturnPath = Answer(Domain, ["v=spf1 mx -all"]), Sources = sources, SourcesAre = "of the pools", AreSourcesGuessed = areGuessed,
        });
        Assert.Equal(expected, item.State);
        Assert.Equal(expected == ComplianceState.Met, item.Action is null);
        Assert.Contains("of the pools", item.Evidence, StringComparison.Ordinal);
        // The worst one is named, not one that DNS did not answer for.
        var failing = sources.FindIndex(s => s.Result is not (SpfResult.Pass or SpfResult.TemporaryError));
        if (failing >= 0) Assert.Contains($"192.0.2.{failing}: ", item.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ComplianceState.Met, true, "v=DKIM1; k=rsa; p=MIIB")]
    [InlineData(ComplianceState.Met, true, "p=MIIB")]
    [InlineData(ComplianceState.NotMet, true, "v=DKIM1; p=")]
    [InlineData(ComplianceState.NotMet, true)]
    [InlineData(ComplianceState.NotMet, false, "v=DKIM1; p=MIIB")]
    [InlineData(ComplianceState.Unknown, true, null)]
    public void DKIM_is_a_published_key_that_is_not_revoked_and_signed_mail(ComplianceState expected, bool signed, params string?[] texts) =>
        Assert.Equal(expected, State("DKIM", Facts() with { IsSigned = signed, Keys = [Answer($"s._domainkey.{Domain}", texts)] }));

    [Theory]
    [InlineData(ComplianceState.Met, "v=DMARC1; p=none")]
    [InlineData(ComplianceState.NotMet, "v=DMARC1; rua=mailto:a@acme.example")]
    [InlineData(ComplianceState.NotMet, "v=DMARC1; p=block")]
    [InlineData(ComplianceState.Met, "v=DMARC1; p=reject; pct=200")]
    [InlineData(ComplianceState.NotMet, "v=DMARC1; p=none", "v=DMARC1; p=reject")]
    [InlineData(ComplianceState.NotMet)]
    [InlineData(ComplianceState.Unknown, null)]
    public void DMARC_is_one_record_with_a_policy(ComplianceState expected, params string?[] texts) =>
        Assert.Equal(expected, State("DMARC", Facts() with { Dmarc = [Answer($"_dmarc.{Domain}", texts)] }));

    [Fact]
    public void The_record_of_a_domain_above_counts_when_the_domain_has_none() => Assert.Equal(
        ComplianceState.Met,
        State("DMARC", Facts() with { Dmarc = [Answer("_dmarc.mail.acme.example", []), Answer($"_dmarc.{Domain}", ["v=DMARC1; p=reject"])] }));

    [Theory]
    [InlineData(true, "bounce.other.example", ComplianceState.Met)]
    [InlineData(false, "bounce.acme.example", ComplianceState.Met)]
    [InlineData(false, "example", ComplianceState.Met)]
    [InlineData(false, "badacme.example", ComplianceState.NotMet)]
    [InlineData(false, "cme.example", ComplianceState.NotMet)]
    [InlineData(false, "bounce.other.example", ComplianceState.NotMet)]
    public void Either_a_signature_or_a_return_path_of_the_domain_aligns(bool signed, string returnPath, ComplianceState expected) =>
        Assert.Equal(expected, State("ALIGNMENT", Facts() with { IsSigned = signed, ReturnPathDomain = returnPath }));

    [Fact]
    public void What_nobody_measures_is_unknown_and_never_met()
    {
        Assert.Equal(ComplianceState.Unknown, SenderRules.Complaints(new("Gmail", 10, null, "nothing")).State);
        Assert.Equal(ComplianceState.Met, SenderRules.Complaints(new("Yahoo", 10, 0.0029, "loop")).State);
        Assert.Equal(ComplianceState.NotMet, SenderRules.Complaints(new("Yahoo", 10, 0.003, "loop")).State);
    }

    [Fact]
    public void One_click_is_asked_of_bulk_streams_alone()
    {
        Assert.Equal(ComplianceState.NotApplicable, SenderRules.OneClick(new("a", false, false, null)).State);
        Assert.Equal(ComplianceState.NotMet, SenderRules.OneClick(new("a", true, false, "Off.")).State);
        Assert.Equal(ComplianceState.Met, SenderRules.OneClick(new("a", true, true, null)).State);
    }

    [Fact]
    public void A_sender_far_from_5000_a_day_is_no_bulk_sender_and_one_near_it_needs_everything()
    {
        var domain = DomainRules.Judge(Facts()).ToList();
        var noKey = DomainRules.Judge(Facts() with { IsSigned = false }).ToList();
        var noClick = SenderRules.OneClick(new("set", true, false, "Off."));
        ComplianceItem Bulk(string provider, long volume, params ComplianceItem[] items) =>
            SenderRules.Bulk(new ProviderFacts(provider, volume, null, ""), items);

        Assert.Equal(ComplianceState.NotApplicable, Bulk("Microsoft", SenderRules.NearVolume - 1, [.. noKey]).State);
        var refused = Bulk("Microsoft", SenderRules.NearVolume, [.. noKey]);
        Assert.Equal(ComplianceState.NotMet, refused.State);
        Assert.Contains("550 5.7.515", refused.Evidence, StringComparison.Ordinal);
        // Microsoft asks for no one-click; Gmail and Yahoo do.
        Assert.Equal(ComplianceState.Met, Bulk("Microsoft", 5_000, [.. domain, noClick]).State);
        Assert.Equal(ComplianceState.NotMet, Bulk("Gmail", 5_000, [.. domain, noClick]).State);
        Assert.Equal(ComplianceState.Unknown, Bulk("Yahoo", 5_000, [.. domain, SenderRules.Complaints(new("Yahoo", 5_000, null, "x"))]).State);
        Assert.Equal(ComplianceState.Met, Bulk("Yahoo", 5_000, [.. domain, SenderRules.Complaints(new("Gmail", 5_000, null, "x"))]).State);
        Assert.Equal(ComplianceState.Unknown, Bulk("Gmail", 5_000).State);
    }

    private static DomainFacts Facts() => new(
        Domain, Domain, Answer(Domain, ["v=spf1 ip4:192.0.2.1 -all"]), true, [Answer($"s._domainkey.{Domain}", ["v=DKIM1; p=MIIB"])],
        [Answer($"_dmarc.{Domain}", ["v=DMARC1; p=none"])]);

    private static TextAnswer Answer(string name, string?[]? texts) => new(name, texts is null or [null] ? null : [.. texts.Select(t => t!)]);

    private static ComplianceState State(string rule, DomainFacts facts) => Of(rule, facts).State;

    private static ComplianceItem Of(string rule, DomainFacts facts) => DomainRules.Judge(facts).Single(i => i.Rule == rule);
}
