using Microsoft.Extensions.DependencyInjection;
using Silo.Server.Exports;
using Silo.Server.SesApi.Operations.Exports;
using Silo.Server.Tests.Access;
using Xunit;

namespace Silo.Server.Tests.Exports;

/// <summary>Whose exports make room for new ones.</summary>
public sealed class ExportRoomTests(AccessServer server) : IClassFixture<AccessServer>
{
    private const long Quiet = 1_000_001;
    private const long Busy = 1_000_002;
    private const long Account = 0;

    private ExportJobs Jobs => server.Provider.GetRequiredService<ExportJobs>();

    [Fact]
    public async Task A_tenants_jobs_push_out_its_own_before_anyone_elses()
    {
        var quiet = await Ended(Quiet);
        for (var i = 0; i < ExportJobs.MaxEndedOfTenant + 5; i++) await Ended(Busy);
        Assert.Equal(ExportJobs.MaxEndedOfTenant, await Count(Busy));

        // The account takes all the room there is, and the tenants' oldest go with it.
        while ((await Jobs.List(default)).Count < ExportJobs.MaxJobs) await Ended(Account);
        var before = await Count(Account);
        for (var i = 0; i < 3; i++) await Ended(Busy);
        Assert.Equal((ExportJobs.MaxEndedOfTenant, before), (await Count(Busy), await Count(Account)));
        Assert.NotNull(await Jobs.Get(quiet, default));

        // With fewer than it may keep it gives way to itself all the same.
        for (var i = 0; i < 2; i++) await Ended(Account);
        Assert.Null(await Jobs.Get(quiet, default));
        Assert.Equal(ExportJobs.MaxEndedOfTenant - 1, await Count(Busy));
        before = await Count(Account);
        await Ended(Busy);
        Assert.Equal((ExportJobs.MaxEndedOfTenant - 1, before), (await Count(Busy), await Count(Account)));

        // One that has none takes the place of the oldest.
        await Ended(Quiet);
        Assert.Equal((1, ExportJobs.MaxJobs), (await Count(Quiet), (await Jobs.List(default)).Count));
    }

    private async Task<int> Count(long tenant) => (await Jobs.List(default)).Count(j => j.Job.TenantKey == tenant);

    private async Task<string> Ended(long tenant)
    {
        var source = new ExportDataSourceShape(null, new MessageInsightsDataSourceShape(1, 2, null, null, 1));
        var job = (await Jobs.Create(
            (id, now) => new ExportJob(id, source, true, now)
            {
                TenantName = tenant == Account ? null : $"t{tenant}", TenantKey = tenant, HeldUntil = DateTimeOffset.MaxValue,
            }, default))!;
        Assert.True(await Jobs.Cancel(job.Id, default));
        // Ids tell the age by the millisecond.
        await Task.Delay(2);
        return job.Id;
    }
}
