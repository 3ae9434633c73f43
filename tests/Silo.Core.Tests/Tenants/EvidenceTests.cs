using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Xunit;

namespace Silo.Core.Tests.Tenants;

/// <summary>What a finding shows, and findings that others tell of.</summary>
public class EvidenceTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_finding_names_window_bounds_the_worst_provider_and_the_last_messages()
    {
        var ledger = TenantLedger.New(Now, null);
        var events = new List<TenantEvent>();
        for (var i = 0; i < 400 && ledger.Standing.OpenFindings.Count == 0; i++)
        {
            events.AddRange(TenantJudge.Follow(ledger, [Outcome(i, i % 4 == 0, "x@gmail.com")], ReputationThresholds.Default));
            events.AddRange(TenantJudge.Follow(ledger, [Outcome(i, i % 40 == 0, "x@yahoo.com")], ReputationThresholds.Default));
        }

        var finding = Assert.Single(ledger.Standing.OpenFindings);
        Assert.Equal("Gmail", finding.Provider);
        Assert.InRange(finding.ProviderCount, finding.Count / 2, finding.Count - 1);
        Assert.InRange(finding.ProviderVolume, finding.Volume * 2 / 5, finding.Volume * 3 / 5);
        Assert.InRange((double)finding.Count / finding.Volume, finding.LowerBound, finding.UpperBound);
        Assert.Equal(Finding.MaxSamples, finding.SampleMessageIds!.Count);
        Assert.Equal("m" + ((events.Count(e => e.SentAt is not null) - 1) / 2 / 4 * 4), finding.SampleMessageIds[^1]);
        Assert.Equal(FindingStep.Opened, Assert.Single(ledger.FindingHistory).Step);
    }

    [Fact]
    public void A_transition_that_a_finding_brings_about_carries_it()
    {
        var ledger = TenantLedger.New(Now, null);
        var events = TenantJudge.Follow(ledger, [.. Enumerable.Range(0, 200).Select(i => Outcome(i, true, "x@gmail.com"))], ReputationThresholds.Default);
        var paused = Assert.Single(events, e => e.Kind == TenantEventKind.StatusChanged);
        Assert.Equal((paused.Cause, FindingType.Bounce), (paused.Finding!.Description, paused.Finding.Type));
    }

    [Fact]
    public void Reports_open_raise_and_close_a_finding_and_pause_by_the_policy()
    {
        var ledger = TenantLedger.New(Now, null);
        Assert.Empty(Report(ledger, Now, 2));
        Assert.Single(Report(ledger, Now.AddHours(1), 1), e => e.Kind == TenantEventKind.FindingOpened);
        Assert.Equal(FindingImpact.Low, ledger.Standing.ReputationImpact);
        Assert.True(ledger.Standing.MaySend);

        var raised = Report(ledger, Now.AddHours(2), 7);
        Assert.Equal([TenantEventKind.FindingChanged, TenantEventKind.StatusChanged], raised.Select(e => e.Kind));
        Assert.Equal(FindingType.FeedbackThirdParty, raised[^1].Finding!.Type);
        Assert.Equal(["m10", "m2", "m3"], raised[^1].Finding!.SampleMessageIds!.Order());
        Assert.False(ledger.Standing.MaySend);

        // Older than a week they count no more; until then the finding stays, at the number that is left.
        var looked = TenantJudge.Look(ledger, ReputationThresholds.Default, Now.AddDays(7).AddMinutes(1));
        Assert.Equal(FindingStep.Lowered, Assert.Single(looked).Step);
        Assert.Equal(FindingType.FeedbackThirdParty, Assert.Single(ledger.Standing.OpenFindings).Type);
        Assert.Single(TenantJudge.Look(ledger, ReputationThresholds.Default, Now.AddDays(8)), e => e.Kind == TenantEventKind.FindingClosed);
        // What was paused stays so until somebody acts.
        Assert.False(ledger.Standing.MaySend);
    }

    [Fact]
    public void After_a_reinstatement_only_newer_reports_are_a_new_violation()
    {
        var ledger = TenantLedger.New(Now, null);
        Report(ledger, Now, 10);
        var resumed = StandingRules.SetCustomerStatus(ledger.Standing, SendingStatus.Enabled, "again", Now.AddHours(1));
        ledger.Append(new TenantEvent { Kind = TenantEventKind.StatusChanged, At = Now.AddHours(1), Standing = resumed.Next });
        Assert.Equal(SendingStatus.Reinstated, ledger.Standing.Aggregate);
        Assert.Empty(Report(ledger, Now.AddHours(2), 2));
        Assert.True(ledger.Standing.MaySend);

        var violated = Report(ledger, Now.AddHours(3), 8);
        Assert.Equal(
            [TenantEventKind.FindingClosed, TenantEventKind.FindingOpened, TenantEventKind.StatusChanged], violated.Select(e => e.Kind));
        Assert.False(ledger.Standing.MaySend);
    }

    [Fact]
    public void Blocklists_are_a_finding_while_they_list_it_however_often_they_are_asked()
    {
        var ledger = TenantLedger.New(Now, null);
        Assert.NotEmpty(List(ledger, "zen.example", true));
        Assert.Empty(List(ledger, "zen.example", true));
        Assert.Equal((FindingType.IpListing, FindingImpact.Low), (ledger.Standing.OpenFindings[0].Type, ledger.Standing.OpenFindings[0].Impact));
        List(ledger, "bl.example", true);
        Assert.False(ledger.Standing.MaySend);
        List(ledger, "zen.example", false);
        Assert.Equal(FindingImpact.Low, ledger.Standing.ReputationImpact);
        List(ledger, "bl.example", false);
        Assert.Empty(ledger.Standing.OpenFindings);
    }

    [Fact]
    public void Reinstated_without_a_finding_ends_by_itself()
    {
        var ledger = TenantLedger.New(Now, null);
        var set = StandingRules.SetCustomerStatus(ledger.Standing, SendingStatus.Reinstated, "by hand", Now);
        ledger.Append(new TenantEvent { Kind = TenantEventKind.StatusChanged, At = Now, Standing = set.Next });
        Assert.Empty(TenantJudge.Look(ledger, ReputationThresholds.Default, Now.AddMinutes(59)));
        var ended = Assert.Single(TenantJudge.Look(ledger, ReputationThresholds.Default, Now.AddHours(1)));
        Assert.Equal((TenantEventKind.StatusChanged, "All findings are resolved."), (ended.Kind, ended.Cause));
        Assert.Equal(SendingStatus.Enabled, ledger.Standing.Aggregate);
    }

    [Fact]
    public void Reports_and_history_have_limits_and_no_report_is_forgotten_by_them()
    {
        var ledger = TenantLedger.New(Now, null);
        for (var i = 0; i < 300; i++)
        {
            Report(ledger, Now.AddMinutes(i), 1);
            List(ledger, "list-" + (i % 70), i % 3 != 0);
        }

        Assert.Equal((ExternalReports.MaxReports, 300), (ledger.External.Reports.Count, ledger.External.Reports.Sum(r => r.Count)));
        Assert.InRange(ledger.External.Listings.Count, 1, ExternalReports.MaxListings);
        Assert.InRange(ledger.FindingHistory.Count, 1, TenantLedger.MaxFindingHistory);
    }

    private static IReadOnlyList<TenantEvent> Report(TenantLedger ledger, DateTimeOffset at, int count) => Judge(
        ledger, at, new ExternalReport
        {
            Source = "spamcop", Kind = ExternalReportKind.SpamTrap, Count = count,
            MessageId = "m" + (ledger.External.Reports.Sum(r => r.Count) + count),
        });

    private static IReadOnlyList<TenantEvent> List(TenantLedger ledger, string zone, bool isListed) => Judge(
        ledger, Now, new ExternalReport { Source = zone, Kind = isListed ? ExternalReportKind.IpListed : ExternalReportKind.IpDelisted });

    private static IReadOnlyList<TenantEvent> Judge(TenantLedger ledger, DateTimeOffset at, ExternalReport report) =>
    [
        .. TenantJudge.Follow(
            ledger, [new TenantEvent { Kind = TenantEventKind.ExternalReported, At = at, Report = report, Units = 0 }], ReputationThresholds.Default)
            .Skip(1),
    ];

    private static TenantEvent Outcome(int i, bool bounces, string recipient) => new()
    {
        Kind = bounces ? TenantEventKind.HardBounced : TenantEventKind.Delivered, At = Now.AddSeconds(i), SentAt = Now.AddSeconds(i),
        Recipient = recipient, MessageId = "m" + i,
    };
}
