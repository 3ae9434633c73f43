using Silo.Storage.Tests.Contract;
using Silo.Testing;

namespace Silo.Storage.Tests.Sqlite;

public sealed class SqliteSpoolTests : SpoolContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new SqliteUnderTest(time).Start();
}

public sealed class SqliteCommitTests : CommitContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new SqliteUnderTest(time).Start();
}

public sealed class SqliteTenantStoreTests : TenantStoreContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new SqliteUnderTest(time).Start();
}

public sealed class SqliteEventLogTests : EventLogContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new SqliteUnderTest(time).Start();
}

public sealed class SqliteResourceStoreTests : ResourceStoreContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new SqliteUnderTest(time).Start();
}

public sealed class SqliteBooksTests : BooksContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new SqliteUnderTest(time).Start();
}

public sealed class SqliteSuppressionTests : SuppressionContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new SqliteUnderTest(time).Start();
}

public sealed class SqliteContactTests : ContactContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new SqliteUnderTest(time).Start();
}

public sealed class SqliteFeedbackMarkTests : FeedbackMarkContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new SqliteUnderTest(time).Start();
}

public sealed class SqliteRollUpSumTests : RollUpSumContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new SqliteUnderTest(time).Start();
}

public sealed class SqliteRollUpTests : RollUpContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new SqliteUnderTest(time).Start();
}

public sealed class SqliteNoticeTests : NoticeContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new SqliteUnderTest(time).Start();
}

public sealed class SqliteAuditTests : AuditContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new SqliteUnderTest(time).Start();
}

public sealed class SqliteSendKeyTests : SendKeyContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new SqliteUnderTest(time).Start();
}

public sealed class SqliteInsightTests : InsightContract
{
    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => await new SqliteUnderTest(time).Start();
}
