using Dapper;
using Microsoft.Data.Sqlite;
using Silo.Core.Messages;
using Silo.Core.Reputation;
using Silo.Core.Tenants;
using Silo.Storage.Tests.Contract;
using Silo.Testing;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Sqlite;

/// <summary>No call reads names of scopes without their counts, so the file is asked.</summary>
public sealed class SqliteScopeTests : StoreContract
{
    private SqliteUnderTest _underTest = null!;

    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => _underTest = await new SqliteUnderTest(time).Start();

    [ContractFact]
    public async Task Names_of_scopes_go_with_the_last_counts_of_a_tenant_that_is_gone()
    {
        var old = RollUpSql.OldestHour(Time.GetUtcNow()) - 1;
        var (lives, gone, counted) = (await CreateTenant("lives"), await CreateTenant("gone"), await CreateTenant("counted"));
        foreach (var (tenant, hour) in new[] { (lives, old), (gone, old), (counted, old + 1) })
        {
            var row = new RollUpRow(new RollUpKey(hour, 7, "Gmail"), new int[RollUpRow.Columns]);
            await Commit(new SpoolWrite
            {
                TenantKey = tenant, Events = [Event(1)], Snapshot = Snapshot(1),
                RollUps = new RollUpChanges([new(7, new MailScope("a.example", null))], [row]),
            });
        }

        foreach (var tenant in new[] { gone, counted }) Assert.True(await Store.Tenants.Delete(tenant, default));
        await _underTest.Restart();
        for (var tries = 0; tries < 2_000 && Scopes().Count > 2; tries++) await Task.Delay(5);
        Assert.Equal([lives, counted], Scopes());
    }

    private List<long> Scopes()
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_underTest.DataDirectory, "silo.db")};Pooling=False");
        return [.. connection.Query<long>("SELECT tenant_key FROM roll_up_scopes ORDER BY tenant_key")];
    }
}
