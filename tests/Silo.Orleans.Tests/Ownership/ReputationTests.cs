using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Orleans.Tests.Wire;
using Silo.Server.Policies;
using Silo.Server.Tenants;
using Silo.Storage;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Orleans.Tests.Ownership;

/// <summary>Reports and policies that are told to one silo and are about tenants of another.</summary>
public class ReputationTests
{
    [PostgresFact]
    public async Task Reports_that_any_silo_is_told_count_with_the_owner_and_every_silo_tells_the_same_of_them_after_its_death_too()
    {
        await using var silos = await SilosUnderTest.OnPostgres(2);
        await silos.Create("a");
        await silos.Send("a");
        await silos.UntilNothingIsOpen("a");
        var owner = Assert.Single(silos.HostsOf("a"));
        var other = silos.Silos.Single(s => s != owner);
        Assert.True(await owner.Tenants.Get("a").TakeReport(Report(ExternalReportKind.Abuse, "desk"), default));
        Assert.True(await other.Tenants.Get("a").TakeReport(Report(ExternalReportKind.SpamTrap, "traps", 2), default));
        Assert.True(await silos.Outside.Get("a").TakeReport(Report(ExternalReportKind.IpListed, "list"), default));
        Assert.False(await other.Tenants.Get("nobody").TakeReport(Report(ExternalReportKind.Abuse, "desk"), default));
        Assert.Null(await silos.Outside.Get("nobody").Reputation(default));

        var told = (await owner.Tenants.Get("a").Reputation(default))!;
        Assert.Equal([("desk", 1), ("traps", 2)], told.Reports.Select(r => (r.Source, r.Count)));
        Assert.Equal("list", Assert.Single(told.Listings).Source);
        Assert.Equal([FindingType.FeedbackThirdParty, FindingType.IpListing], told.Findings.Select(f => f.Type).Order());
        Assert.Equal(2, told.History.Count);
        Assert.Contains(told.Volumes, v => v is { Window: ReputationWindow.Day, Provider: not null, Volume.Delivered: 1 });
        foreach (var through in new[] { other.Tenants, silos.Outside }) AssertSame(told, await through.Get("a").Reputation(default));

        await silos.Kill(owner);
        AssertSame(told, await other.Tenants.Get("a").Reputation(default));
    }

    [PostgresFact]
    public async Task A_change_of_a_policy_at_one_silo_holds_for_the_tenants_of_all_of_them_when_it_completes()
    {
        await using var silos = await SilosUnderTest.OnPostgres(2);
        var names = new List<string>();
        for (var i = 0; i < 4 || names.SelectMany(silos.HostsOf).Distinct().Count() < 2; i++)
        {
            Assert.True(i < 50, "All tenants are on one silo.");
            names.Add($"t{i}");
            await silos.Create(names[i], silos.Silos[i % 2]);
        }

        Assert.Equal(PolicyChange.Done, await Policies(silos.Silos[0]).Put(Own(PolicyAction.Notify), default));
        Assert.True((await silos.Outside.Get("t0").SetPolicy(Use("nobody's"), default)).NoSuchPolicy);
        foreach (var name in names)
        {
            var reply = await silos.Outside.Get(name).SetPolicy(Use("own"), default);
            Assert.Equal((true, false, SendingStatus.Enabled), (reply.Exists, reply.NoSuchPolicy, reply.Aggregate));
            await silos.Outside.Get(name).TakeReport(Report(ExternalReportKind.SpamTrap, "traps", 12), default);
            Assert.Equal(FindingImpact.High, Assert.Single((await silos.Describe(name))!.Standing.OpenFindings).Impact);
        }

        Assert.Equal(PolicyChange.Done, await Policies(silos.Silos[1]).Put(Own(PolicyAction.Pause), default));
        foreach (var name in names)
        {
            foreach (var silo in silos.Silos)
            {
                var standing = (await silo.Tenants.Get(name).Describe(default))!.Standing;
                Assert.Equal(
                    (2, PolicyAction.Pause, SendingStatus.Disabled),
                    (standing.Custom!.Revision, standing.Custom.Findings![0].OnHigh, standing.Aggregate));
                var admission = await silo.Tenants.Get(name).Admit(silos.Message(name), default);
                Assert.Equal(AdmissionResult.Disabled, admission.Refusal!.Result);
            }
        }
    }

    [PostgresFact]
    public async Task A_change_of_a_policy_that_a_silo_could_not_tell_before_it_ended_is_told_by_another()
    {
        await using var silos = await SilosUnderTest.OnPostgres(2);
        await silos.Create("a");
        var owner = Assert.Single(silos.HostsOf("a"));
        var changing = silos.Silos.Single(s => s != owner);
        await Policies(owner).Put(Own(PolicyAction.Notify), default);
        await silos.Outside.Get("a").SetPolicy(Use("own"), default);
        var key = (await owner.Store.Tenants.Load("a", default))!.TenantKey;
        owner.Store.Faulty.FailsWrite = write => write.TenantKey == key && write.Events.Count > 0;
        Assert.Equal(PolicyChange.Done, await Policies(changing).Put(Own(PolicyAction.Pause), default));
        Assert.False(PolicyDocument.Read((await Stored(owner)).Document).IsSpread);
        owner.Store.Faulty.FailsWrite = null;
        await silos.Stop(changing);

        await silos.Until(async () => PolicyDocument.Read((await Stored(owner)).Document).IsSpread, "nobody is left to be told");
        Assert.Equal(2, (await silos.Describe("a"))!.Standing.Custom!.Revision);
    }

    private static void AssertSame(TenantReputation told, TenantReputation? other) =>
        Assert.Null(Samples.Difference(told, other! with { At = told.At }, "reputation"));

    private static ExternalReport Report(ExternalReportKind kind, string source, int count = 1) =>
        new() { Source = source, Kind = kind, Count = count };

    private static SetPolicy Use(string policy) => new(ReputationPolicy.Standard) { CustomName = policy };

    private static CustomPolicy Own(PolicyAction onReports) => new()
    {
        Name = "own", Revision = 0, Findings = [new FindingPolicy { Type = FindingType.FeedbackThirdParty, OnHigh = onReports }],
    };

    private static PolicyResources Policies(SiloUnderTest silo) => silo.Service<PolicyResources>();

    private static async Task<StoredResource> Stored(SiloUnderTest silo) =>
        (await silo.Store.Resources.Get(ResourceKind.ReputationPolicy, "own", default))!;
}
