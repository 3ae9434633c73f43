using Silo.Storage.Tests.Contract;
using Silo.Testing;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Postgres;

[NeedsPostgres]
public sealed class PostgresSpoolTests : SpoolContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new PostgresUnderTest(time).Start();
}

[NeedsPostgres]
public sealed class PostgresCommitTests : CommitContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new PostgresUnderTest(time).Start();
}

[NeedsPostgres]
public sealed class PostgresTenantStoreTests : TenantStoreContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new PostgresUnderTest(time).Start();
}

[NeedsPostgres]
public sealed class PostgresEventLogTests : EventLogContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new PostgresUnderTest(time).Start();
}

[NeedsPostgres]
public sealed class PostgresResourceStoreTests : ResourceStoreContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new PostgresUnderTest(time).Start();
}

[NeedsPostgres]
public sealed class PostgresBooksTests : BooksContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new PostgresUnderTest(time).Start();
}

[NeedsPostgres]
public sealed class PostgresSuppressionTests : SuppressionContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new PostgresUnderTest(time).Start();
}

[NeedsPostgres]
public sealed class PostgresContactTests : ContactContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new PostgresUnderTest(time).Start();
}

[NeedsPostgres]
public sealed class PostgresFeedbackMarkTests : FeedbackMarkContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new PostgresUnderTest(time).Start();
}

[NeedsPostgres]
public sealed class PostgresRollUpSumTests : RollUpSumContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new PostgresUnderTest(time).Start();
}

[NeedsPostgres]
public sealed class PostgresRollUpTests : RollUpContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new PostgresUnderTest(time).Start();
}

[NeedsPostgres]
public sealed class PostgresNoticeTests : NoticeContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new PostgresUnderTest(time).Start();
}

[NeedsPostgres]
public sealed class PostgresAuditTests : AuditContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new PostgresUnderTest(time).Start();
}

[NeedsPostgres]
public sealed class PostgresSendKeyTests : SendKeyContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new PostgresUnderTest(time).Start();
}

[NeedsPostgres]
public sealed class PostgresInsightTests : InsightContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new PostgresUnderTest(time).Start();
}
