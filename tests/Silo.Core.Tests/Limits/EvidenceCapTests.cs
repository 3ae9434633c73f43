using Silo.Core.Limits;
using Silo.Core.Reputation;
using Xunit;

namespace Silo.Core.Tests.Limits;

public class EvidenceCapTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 0, 200)]
    [InlineData(199, 0, 200)]
    [InlineData(400, 0, 400)]
    [InlineData(400, 8, 408)]
    [InlineData(400, 60, 200)]
    [InlineData(5_000_000, 100, 1_000_000)]
    public void The_cap_equals_a_clean_week_of_outcomes(int delivered, int bounced, int cap)
    {
        var counters = new ReputationCounters();
        counters.Record(ReputationFact.HandedOver, Now, false, delivered);
        counters.Record(ReputationFact.HardBounced, Now, false, bounced);

        Assert.Equal(cap, EvidenceCap.UnresolvedCap(counters, ReputationThresholds.Default, Now));
    }

    [Fact]
    public void It_falls_back_while_a_finding_is_open_after_a_reinstatement_and_after_a_week_of_silence()
    {
        var counters = new ReputationCounters();
        counters.Record(ReputationFact.Delivered, Now, false, 5000);

        Assert.Equal(5000, EvidenceCap.UnresolvedCap(counters, ReputationThresholds.Default, Now));
        Assert.Equal(200, EvidenceCap.UnresolvedCap(counters, ReputationThresholds.Default, Now, isFindingOpen: true));
        Assert.Equal(200, EvidenceCap.UnresolvedCap(counters, ReputationThresholds.Default, Now.AddDays(8)));
        counters.CountNewFrom(Now.AddMinutes(1));
        Assert.Equal(200, EvidenceCap.UnresolvedCap(counters, ReputationThresholds.Default, Now.AddMinutes(1)));
    }
}
