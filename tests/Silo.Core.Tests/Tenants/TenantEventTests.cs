using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Xunit;

namespace Silo.Core.Tests.Tenants;

public sealed class TenantEventTests
{
    public static TheoryData<FindingType, FindingImpact> Findings()
    {
        var all = new TheoryData<FindingType, FindingImpact>();
        foreach (var type in Enum.GetValues<FindingType>())
            foreach (var impact in Enum.GetValues<FindingImpact>()) all.Add(type, impact);
        return all;
    }

    [Theory]
    [MemberData(nameof(Findings))]
    public void A_finding_of_any_type_and_impact_is_read_back_from_its_event(FindingType type, FindingImpact impact)
    {
        var at = DateTimeOffset.UnixEpoch.AddDays(20_000);
        var finding = new Finding { Type = type, Impact = impact, OpenedAt = at, UpdatedAt = at, Count = 3, Volume = 20, Description = "Rate." };
        var written = new TenantEvent { Sequence = 1, At = at, Kind = TenantEventKind.FindingOpened, Finding = finding };

        var read = TenantEvent.FromPayload(1, at, (int)written.Kind, written.ToPayload());

        Assert.Equal(written, read);
    }

    [Theory]
    [MemberData(nameof(Findings))]
    public void A_tenant_with_any_open_finding_is_read_back_from_its_snapshot(FindingType type, FindingImpact impact)
    {
        var at = DateTimeOffset.UnixEpoch.AddDays(20_000);
        var finding = new Finding { Type = type, Impact = impact, OpenedAt = at, UpdatedAt = at, Description = "Rate." };
        var ledger = TenantLedger.New(at, null);
        ledger.Append(new TenantEvent
        {
            Kind = TenantEventKind.FindingOpened, At = at, Finding = finding, Standing = TenantStanding.Created(at) with { OpenFindings = [finding] },
        });

        var read = TenantLedger.Read(ledger.Sequence, ledger.WriteState(), ledger.WriteCounters());

        Assert.Equal(finding, Assert.Single(read.Standing.OpenFindings));
    }
}
