using Dapper;
using Microsoft.Data.Sqlite;
using Silo.Storage.Sqlite;
using Silo.Testing;

namespace Silo.Storage.Tests.Sqlite;

/// <summary>With 300,000 tenants a page of a list must cost a page, not the table.</summary>
public sealed class QueryPlanTests
{
    public static TheoryData<string, string> Listings => new()
    {
        { nameof(TenantFilter.AfterName), "sqlite_autoindex_tenants_1 (name>?)" },
        { nameof(TenantFilter.SendingStatus), "tenants_by_status (sending_status=? AND name>?)" },
        { nameof(TenantFilter.ReputationImpact), "tenants_with_finding (reputation_impact=? AND name>?)" },
    };

    [Theory]
    [MemberData(nameof(Listings))]
    public async Task A_page_of_tenants_is_found_by_an_index_in_the_order_of_names(string filter, string index)
    {
        var sql = SqliteTenantStore.ListSql(new()
        {
            AfterName = "m", SendingStatus = filter == nameof(TenantFilter.SendingStatus) ? "DISABLED" : null,
            ReputationImpact = filter == nameof(TenantFilter.ReputationImpact) ? "HIGH" : null,
        });
        var plan = await PlanOf(sql, new { Account = "$account", AfterName = "m", SendingStatus = "DISABLED", ReputationImpact = "HIGH", Limit = 11 });

        Assert.Contains(index, plan, StringComparison.Ordinal);
        AssertNoWalk(plan);
    }

    [Theory]
    [InlineData(SqliteSpool.SameDue, "units_by_due (tenant_key=? AND due=? AND rowid>?)")]
    [InlineData(SqliteSpool.LaterDue, "units_by_due (tenant_key=? AND due>? AND due<?)")]
    public async Task A_page_of_a_queue_is_found_by_an_index_in_the_order_of_due_times(string sql, string index)
    {
        var plan = await PlanOf(sql, null);

        Assert.Contains(index, plan, StringComparison.Ordinal);
        AssertNoWalk(plan);
    }

    [Theory]
    [InlineData(SqliteNoticeStore.NextTenant, "notices USING PRIMARY KEY (tenant_key>?)")]
    [InlineData(SqliteNoticeStore.ReadAfter, "n USING PRIMARY KEY (tenant_key=? AND sequence>?)")]
    [InlineData(SqliteNoticeStore.ReadAfter, "sqlite_autoindex_message_facts_1 (message_id=?)")]
    [InlineData(SqliteNoticeStore.CountAfter, "notices USING PRIMARY KEY (tenant_key=? AND sequence>?)")]
    [InlineData(SqliteNoticeStore.FirstAfter, "notices USING PRIMARY KEY (tenant_key=? AND sequence>?)")]
    public async Task A_tenants_notices_are_found_by_their_key_behind_a_million_of_others(string sql, string index)
    {
        var plan = await PlanOf(sql, null);

        Assert.Contains(index, plan, StringComparison.Ordinal);
        AssertNoWalk(plan);
    }

    private static void AssertNoWalk(string plan)
    {
        Assert.DoesNotContain("SCAN", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
    }

    private static async Task<string> PlanOf(string sql, object? parameters)
    {
        await using var underTest = await new SqliteUnderTest(new HostileTimeProvider()).Start();
        using var connection = new SqliteConnection($"Data Source={Path.Combine(underTest.DataDirectory, "silo.db")};Pooling=False");
        return string.Join('\n', connection.Query<(long, long, long, string Detail)>($"EXPLAIN QUERY PLAN {sql}", parameters).Select(r => r.Detail));
    }
}
