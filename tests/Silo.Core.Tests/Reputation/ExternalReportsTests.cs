using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Xunit;

namespace Silo.Core.Tests.Reputation;

/// <summary>Findings that follow from what others count, as a tenant's ledger is judged by them.</summary>
public class ExternalReportsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Reports_from_before_a_reinstatement_never_raise_what_newer_ones_opened()
    {
        var ledger = TenantLedger.New(Now, null);
        Report(ledger, Now, 10);
        Assert.False(ledger.Standing.MaySend);
        Resume(ledger, Now.AddHours(1));
        var opened = Report(ledger, Now.AddHours(2), 3);
        Assert.Equal([TenantEventKind.FindingClosed, TenantEventKind.FindingOpened], opened.Select(e => e.Kind));
        Assert.Equal(FindingImpact.Low, ledger.Standing.ReputationImpact);

        Assert.Empty(Deliver(ledger, Now.AddHours(3)));
        Assert.True(ledger.Standing.MaySend);
        // Ten newer ones are as grave as ten were then.
        Assert.Empty(Report(ledger, Now.AddHours(4), 6));
        var raised = Report(ledger, Now.AddHours(5), 1);
        Assert.Equal([TenantEventKind.FindingChanged, TenantEventKind.StatusChanged], raised.Select(e => e.Kind));
        Assert.False(ledger.Standing.MaySend);
    }

    [Fact]
    public void Listings_from_before_a_reinstatement_never_raise_what_a_newer_one_opened()
    {
        var ledger = TenantLedger.New(Now, null);
        List(ledger, "zen.example", Now);
        List(ledger, "bl.example", Now);
        Assert.False(ledger.Standing.MaySend);
        Resume(ledger, Now.AddHours(1));
        List(ledger, "other.example", Now.AddHours(2));
        Assert.Empty(Deliver(ledger, Now.AddHours(3)));
        Assert.Equal((FindingImpact.Low, true), (ledger.Standing.ReputationImpact, ledger.Standing.MaySend));
        List(ledger, "third.example", Now.AddHours(4));
        Assert.False(ledger.Standing.MaySend);
    }

    [Fact]
    public void A_finding_that_a_reinstatement_set_aside_is_lowered_by_what_is_left_and_not_raised_by_it()
    {
        var ledger = TenantLedger.New(Now, null);
        Report(ledger, Now, 5);
        Report(ledger, Now.AddDays(1), 5);
        Resume(ledger, Now.AddDays(2));
        Assert.Equal(FindingImpact.High, ledger.Standing.ReputationImpact);
        Assert.Equal(FindingStep.Lowered, Assert.Single(Deliver(ledger, Now.AddDays(7).AddHours(1))).Step);
        Assert.True(ledger.Standing.MaySend);
    }

    [Fact]
    public void However_many_reports_there_are_none_counts_longer_than_its_window()
    {
        var ledger = TenantLedger.New(Now, null);
        Report(ledger, Now, 1_000);
        for (var i = 1; i <= 200; i++) Report(ledger, Now.AddMinutes(30 * i), 1);
        Assert.Equal(ExternalReports.MaxReports, ledger.External.Reports.Count);
        Assert.Equal(1_200, ledger.External.Reports.Sum(r => r.Count));
        var left = ledger.External.Reports.Where(r => r.At > Now).Sum(r => r.Count);
        Assert.InRange(left, 190, 200);
    }

    [Fact]
    public void However_many_reports_there_are_none_is_counted_on_the_other_side_of_a_reinstatement()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var (random, ledger, at) = (new Random(seed), TenantLedger.New(Now, null), Now);
            var older = random.Next(1, 150);
            for (var i = 0; i < older; i++) Report(ledger, at = at.AddMinutes(random.Next(1, 30)), 1);
            Report(ledger, at = at.AddMinutes(1), 10);
            var resumedAt = at.AddMinutes(random.Next(1, 30));
            Resume(ledger, at = resumedAt);
            var newer = random.Next(1, 150);
            for (var i = 0; i < newer; i++) Report(ledger, at = at.AddMinutes(random.Next(1, 30)), 1);
            Assert.True(ledger.External.Reports.Count <= ExternalReports.MaxReports, $"seed {seed}");
            Assert.True(ledger.External.Reports.Where(r => r.At < resumedAt).Sum(r => r.Count) == older + 10, $"seed {seed}");
            Assert.True(ledger.External.Reports.Where(r => r.At >= resumedAt).Sum(r => r.Count) == newer, $"seed {seed}");
        }
    }

    [Fact]
    public void A_listing_ends_three_days_after_it_was_told_last_and_a_reinstatement_with_it()
    {
        var ledger = TenantLedger.New(Now, null);
        List(ledger, "zen.example", Now);
        List(ledger, "bl.example", Now);
        Resume(ledger, Now.AddHours(1));
        Assert.Equal(SendingStatus.Reinstated, ledger.Standing.Aggregate);
        // Told again it goes on, and is no newer listing.
        Assert.Empty(List(ledger, "zen.example", Now.AddDays(2)));
        Assert.Equal(FindingImpact.High, ledger.Standing.ReputationImpact);

        var lowered = TenantJudge.Look(ledger, ReputationThresholds.Default, Now.AddDays(3));
        Assert.Equal(FindingStep.Lowered, Assert.Single(lowered).Step);
        Assert.Equal("zen.example", Assert.Single(ledger.External.ListedAt(Now.AddDays(3))).Source);
        Assert.Empty(TenantJudge.Look(ledger, ReputationThresholds.Default, Now.AddDays(5).AddTicks(-1)));
        Assert.Single(TenantJudge.Look(ledger, ReputationThresholds.Default, Now.AddDays(5)), e => e.Kind == TenantEventKind.FindingClosed);
        Assert.Equal(SendingStatus.Enabled, ledger.Standing.Aggregate);
        // What comes after is a listing of its own.
        Assert.Equal(TenantEventKind.FindingOpened, List(ledger, "zen.example", Now.AddDays(6))[0].Kind);
        Assert.Equal(Now.AddDays(6), Assert.Single(ledger.External.Listings).At);
    }

    private static void Resume(TenantLedger ledger, DateTimeOffset at)
    {
        var resumed = StandingRules.SetCustomerStatus(ledger.Standing, SendingStatus.Enabled, "again", at);
        ledger.Append(new TenantEvent { Kind = TenantEventKind.StatusChanged, At = at, Standing = resumed.Next });
    }

    private static IReadOnlyList<TenantEvent> Report(TenantLedger ledger, DateTimeOffset at, int count) =>
        Judge(ledger, at, new ExternalReport { Source = "spamcop", Kind = ExternalReportKind.SpamTrap, Count = count });

    private static IReadOnlyList<TenantEvent> List(TenantLedger ledger, string zone, DateTimeOffset at) =>
        Judge(ledger, at, new ExternalReport { Source = zone, Kind = ExternalReportKind.IpListed });

    private static IReadOnlyList<TenantEvent> Judge(TenantLedger ledger, DateTimeOffset at, ExternalReport report) =>
        Follow(ledger, new TenantEvent { Kind = TenantEventKind.ExternalReported, At = at, Report = report, Units = 0 });

    private static IReadOnlyList<TenantEvent> Deliver(TenantLedger ledger, DateTimeOffset at) => Follow(
        ledger, new TenantEvent { Kind = TenantEventKind.Delivered, At = at, SentAt = at, Recipient = "x@gmail.com", MessageId = "m" });

    private static IReadOnlyList<TenantEvent> Follow(TenantLedger ledger, TenantEvent fact) =>
        [.. TenantJudge.Follow(ledger, [fact], ReputationThresholds.Default).Skip(1)];
}
