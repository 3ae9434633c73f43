using Silo.Core.Reputation;
using Silo.Core.Tenants;
using Xunit;

namespace Silo.Core.Tests.Reputation;

public class VolumeHistoryTests
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(14, 5_000, true)]
    [InlineData(14, 1_200, false)]
    [InlineData(6, 5_000, false)]
    public void An_hour_far_above_the_same_hour_of_the_days_before_is_a_finding_once_there_is_a_week_to_compare_with(
        int days, int volume, bool found)
    {
        var (ledger, at) = After(days, day => 1_000 + (day % 3 * 40));
        Accept(ledger, at, volume);
        var finding = ledger.Standing.OpenFindings.SingleOrDefault();
        Assert.Equal(found, finding is not null);
        if (finding is null) return;
        Assert.Equal((FindingType.Volume, FindingImpact.High), (finding.Type, finding.Impact));
        Assert.Contains("1040 are usual", finding.Description, StringComparison.Ordinal);
        // News, and no reason to stop anybody.
        Assert.True(ledger.Standing.MaySend);
    }

    [Fact]
    public void Below_the_floor_nothing_is_judged_and_a_weekly_newsletter_is_no_anomaly()
    {
        var (small, at) = After(14, _ => 10);
        Accept(small, at, 999);
        Assert.Empty(small.Standing.OpenFindings);

        var (weekly, next) = After(14, day => day % 7 == 0 ? 50_000 : 0);
        Accept(weekly, next, 60_000);
        Assert.Empty(weekly.Standing.OpenFindings);
        Assert.Equal(60_000, weekly.Volumes.Score(next).Volume);
    }

    [Fact]
    public void A_finding_is_raised_and_closes_a_day_after_the_last_hour_that_stood_out()
    {
        var (ledger, at) = After(14, day => 1_000 + (day * 40));
        Accept(ledger, at, 3_400);
        Assert.Equal(FindingImpact.Low, Assert.Single(ledger.Standing.OpenFindings).Impact);
        Accept(ledger, at.AddMinutes(10), 5_000);
        Assert.Equal(FindingImpact.High, Assert.Single(ledger.Standing.OpenFindings).Impact);
        Assert.Empty(TenantJudge.Look(ledger, ReputationThresholds.Default, at.AddHours(24)));

        var closed = TenantJudge.Look(ledger, ReputationThresholds.Default, at.AddHours(26));
        Assert.Equal(TenantEventKind.FindingClosed, Assert.Single(closed).Kind);
        Assert.Equal(
            [FindingStep.Opened, FindingStep.Raised, FindingStep.Closed], ledger.FindingHistory.Select(h => h.Step));
    }

    [Fact]
    public void What_is_stored_is_small_and_goes_on_where_it_was()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var (whole, pieces, at) = (TenantLedger.New(Monday, null), TenantLedger.New(Monday, null), Monday);
            for (var i = 0; i < 300; i++)
            {
                at += TimeSpan.FromMinutes(random.Next(1, random.Next(2, 900)));
                var accepted = new TenantEvent { Kind = TenantEventKind.Accepted, At = at, Units = random.Next(1, 5_000) };
                TenantJudge.Follow(whole, [accepted], ReputationThresholds.Default);
                TenantJudge.Follow(pieces, [accepted], ReputationThresholds.Default);
                if (random.Next(10) == 0) pieces = TenantLedger.Read(pieces.Sequence, pieces.WriteState(), pieces.WriteCounters());
            }

            Assert.True(whole.WriteState().AsSpan().SequenceEqual(pieces.WriteState()), $"seed {seed}");
            Assert.InRange(TenantState.Read(whole.WriteState()).Volumes!.Length, 10, 2_000);
        }
    }

    private static (TenantLedger Ledger, DateTimeOffset At) After(int days, Func<int, int> volume)
    {
        var ledger = TenantLedger.New(Monday, null);
        for (var day = 0; day < days; day++)
            if (volume(day) is > 0 and var units) Accept(ledger, Monday.AddDays(day).AddHours(9), units);
        // The first hour of all says since when there is a history.
        Assert.Empty(ledger.Standing.OpenFindings);
        return (ledger, Monday.AddDays(days).AddHours(9));
    }

    private static void Accept(TenantLedger ledger, DateTimeOffset at, int units) => TenantJudge.Follow(
        ledger, [new TenantEvent { Kind = TenantEventKind.Accepted, At = at, Units = units }], ReputationThresholds.Default);
}
