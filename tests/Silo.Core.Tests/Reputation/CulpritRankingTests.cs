using Silo.Core.Reputation;
using Silo.Core.Tenants;
using Xunit;

namespace Silo.Core.Tests.Reputation;

public sealed class CulpritRankingTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_tenant_whose_mail_exceeds_the_others_rates_comes_first_whatever_its_size()
    {
        var ranking = new CulpritRanking();
        // Large and clean: many bounces, but no more than usual.
        Add(ranking, 1, TenantEventKind.Delivered, 9_800);
        Add(ranking, 1, TenantEventKind.HardBounced, 200);
        Add(ranking, 2, TenantEventKind.Delivered, 98);
        Add(ranking, 2, TenantEventKind.HardBounced, 2);
        Add(ranking, 3, TenantEventKind.Delivered, 300);
        Add(ranking, 3, TenantEventKind.HardBounced, 200);
        Add(ranking, 3, TenantEventKind.Complained, 5);
        var result = ranking.Result(10);
        Assert.Equal(3, result[0].TenantKey);
        Assert.InRange(result[0].Lifts.HardBounces, 15, 25);
        Assert.Equal(new CulpritCounts(500, 200, 0, 5, 0, 0), result[0].Counts);
        Assert.Equal(500d / 10_600, result[0].Share, 6);
        Assert.DoesNotContain(result, c => c.TenantKey == 2 && c.Score > 0.5);
        Assert.Equal(new CulpritCounts(10_600, 402, 0, 5, 0, 0), ranking.Total);
    }

    [Fact]
    public void One_spam_trap_weighs_more_than_a_few_bounces()
    {
        var ranking = new CulpritRanking();
        Add(ranking, 1, TenantEventKind.Delivered, 1_000);
        Add(ranking, 1, TenantEventKind.HardBounced, 30);
        Add(ranking, 2, TenantEventKind.Delivered, 1_000);
        ranking.Apply(2, Report(ExternalReportKind.SpamTrap, 1, "trapped"));
        Assert.Equal([2L, 1L], ranking.Result(10).Select(c => c.TenantKey));
        Assert.Equal(["trapped"], ranking.Result(1)[0].SampleMessageIds);
    }

    [Fact]
    public void A_late_bounce_takes_the_place_of_its_delivery_and_what_is_nobodys_fault_counts_as_none()
    {
        var ranking = new CulpritRanking();
        Add(ranking, 1, TenantEventKind.HandedOver, 10);
        var bounce = new TenantEvent { Kind = TenantEventKind.HardBounced, At = Noon, MessageId = "m" };
        ranking.Apply(1, bounce with { Previous = UnitState.HandedOver });
        ranking.Apply(1, bounce with { OwnDomain = true });
        ranking.Apply(1, bounce with { CommonCause = true });
        ranking.Apply(1, bounce with { Simulated = true });
        ranking.Apply(1, Report(ExternalReportKind.IpListed, 1, null));
        Assert.Equal(new CulpritCounts(12, 1, 1, 0, 0, 0), ranking.Total);
    }

    [Fact]
    public void Samples_are_those_of_the_gravest_and_newest()
    {
        var ranking = new CulpritRanking();
        for (var i = 0; i < 20; i++) ranking.Apply(1, new TenantEvent { Kind = TenantEventKind.HardBounced, At = Noon, MessageId = $"b{i}" });
        ranking.Apply(1, new TenantEvent { Kind = TenantEventKind.Complained, At = Noon, MessageId = "c" });
        ranking.Apply(1, new TenantEvent { Kind = TenantEventKind.Complained, At = Noon, MessageId = "b19" });
        ranking.Apply(1, new TenantEvent { Kind = TenantEventKind.Blocked, At = Noon, MessageId = "late" });
        Assert.Equal(["c", "b19", "b16", "b17", "b18"], ranking.Result(1)[0].SampleMessageIds);
    }

    [Fact]
    public void Nobody_is_named_while_nothing_bad_came_of_any_mail()
    {
        var ranking = new CulpritRanking();
        Add(ranking, 1, TenantEventKind.Delivered, 100);
        Assert.Empty(ranking.Result(10));
        Assert.Equal(100, ranking.Total.Sent);
    }

    private static void Add(CulpritRanking ranking, long tenant, TenantEventKind kind, int count)
    {
        for (var i = 0; i < count; i++) ranking.Apply(tenant, new TenantEvent { Kind = kind, At = Noon, MessageId = $"{kind}-{tenant}-{i}" });
    }

    private static TenantEvent Report(ExternalReportKind kind, int count, string? messageId) => new()
    {
        Kind = TenantEventKind.ExternalReported, At = Noon, Units = 0,
        Report = new ExternalReport { Source = "s", Kind = kind, Count = count, MessageId = messageId },
    };
}
