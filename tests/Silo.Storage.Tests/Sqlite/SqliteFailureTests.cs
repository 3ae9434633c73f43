using Dapper;
using Silo.Core.Messages;
using Silo.Core.Suppression;
using Silo.Storage.Sqlite;
using Silo.Storage.Writing;
using Silo.Testing;

namespace Silo.Storage.Tests.Sqlite;

public sealed class SqliteFailureTests : IAsyncLifetime
{
    private readonly HostileTimeProvider _time = new();
    private SqliteUnderTest _underTest = null!;
    private long _minFreeDiskBytes;
    private long _tenant;

    private SqliteSiloStore Store => _underTest.Sqlite;

    public async Task InitializeAsync()
    {
        _underTest = await new SqliteUnderTest(_time, o => o with { MinFreeDiskBytes = _minFreeDiskBytes, WriteAheadLogBytes = 1 << 20 }).Start();
        var snapshot = new TenantSnapshot(0, Array.Empty<byte>(), Array.Empty<byte>(), "ENABLED", null);
        _tenant = (await Store.Tenants.Create(new("a", "tn-a", "arn", DateTimeOffset.UnixEpoch, snapshot, [], 9), default)).TenantKey;
    }

    public async Task DisposeAsync() => await _underTest.DisposeAsync();

    [Fact]
    public async Task A_full_disk_fails_the_whole_batch_and_is_over_when_a_write_works_again()
    {
        var kept = Append(1_000);
        await Store.Spool.WhenCommitted(kept, default);
        await SetMaxPages(await PageCount() + 4);

        long[] lost = [.. Enumerable.Range(0, 20).Select(_ => Append(100_000))];
        foreach (var ticket in lost) await AssertFails(ticket);
        Assert.False(Store.AcceptsWrites);
        Assert.NotNull(Store.WriteRefusal);
        Assert.Single(await Store.Spool.ReadQueue(_tenant, default, 100, false, default));

        // A smaller write still fits, so the store works again; it is the one that upkeep tries by itself.
        _time.Advance(TimeSpan.FromSeconds(1));
        await Store.Writer.Change(ControlPlane.Line, _ => true, default);
        Assert.True(Store.AcceptsWrites);
        await SetMaxPages(1_000_000);
        await Store.Spool.WhenCommitted(Append(100_000), default);
        await _underTest.Crash();
        Assert.Equal(2, (await Store.Spool.ReadQueue(_tenant, default, 100, false, default)).Count);
    }

    [Fact]
    public async Task A_unit_in_hand_is_settled_after_a_batch_that_failed()
    {
        var key = Store.Spool.NextIds(3);
        await Store.Spool.WhenCommitted(Enqueue(key, 10), default);
        await Store.Spool.WhenCommitted(Store.Spool.Enqueue(new() { TenantKey = 0, Release = new(key + 2, [key + 1]) }), default);
        await SetMaxPages(await PageCount());
        var outcome = new SpoolWrite { TenantKey = _tenant, Settlements = [new(key + 1, key, 1, key + 2, null)] };
        var big = new SpoolWrite
        {
            TenantKey = _tenant, Settlements = outcome.Settlements, Events = [new(1, default, 20, new byte[5_000_000])],
        };
        await AssertFails(Store.Spool.Enqueue(big));
        ReleasedUnitId[] released = [new(key + 1, key + 2)];
        Assert.Single(await Store.Spool.FindInHand(released, default));
        await SetMaxPages(1_000_000);

        await Store.Spool.WhenCommitted(Store.Spool.Enqueue(outcome), default);

        Assert.Empty(await Store.Spool.FindInHand(released, default));
        Assert.Empty(await Store.Spool.ReadQueue(_tenant, default, 10, false, default));
        Assert.Equal(0, await Count("releases"));
        Assert.Equal(0, await Count("messages"));
    }

    [Fact]
    public async Task Too_little_free_disk_stops_acceptance_and_not_the_outcomes()
    {
        _minFreeDiskBytes = long.MaxValue;
        await _underTest.Restart();

        Assert.False(Store.AcceptsWrites);
        Assert.NotNull(Store.WriteRefusal);
        await Store.Spool.WhenCommitted(Append(10), default);
    }

    [Fact]
    public async Task The_write_ahead_log_stays_within_bounds_under_writes_that_never_pause()
    {
        long longest = 0;
        for (var i = 0; i < 60; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Store.Spool.WhenCommitted(Append(50_000), default).AsTask()));
            longest = Math.Max(longest, new FileInfo(Path.Combine(_underTest.DataDirectory, "silo.db-wal")).Length);
        }

        // 60 MB went through a log that starts over at 1 MiB.
        Assert.InRange(longest, 1 << 20, 30 << 20);
    }

    [Fact]
    public async Task A_release_leaves_no_row_behind_once_its_units_are_settled_or_cancelled()
    {
        var key = Store.Spool.NextIds(4);
        await Store.Spool.WhenCommitted(Enqueue(key, 10), default);
        await Store.Spool.WhenCommitted(Store.Spool.Enqueue(new() { TenantKey = 0, Release = new(key + 2, [key + 1, 777_777]) }), default);
        Assert.Equal(1, await Count("releases"));
        var cancelled = new SpoolWrite { TenantKey = _tenant, Settlements = [new(key + 1, key, 1, 0, null)] };
        await Store.Spool.WhenCommitted(Store.Spool.Enqueue(cancelled), default);
        Assert.Equal(0, await Count("releases"));
        await Store.Spool.WhenCommitted(Store.Spool.Enqueue(new() { TenantKey = 0, Release = new(key + 3, [key + 1]) }), default);
        Assert.Equal(0, await Count("releases"));
    }

    [Fact]
    public async Task The_list_of_a_tenant_that_is_gone_is_cleared_away_with_what_is_old()
    {
        await Store.Suppressions.Put("a", new SuppressionEntry("r@example.net", SuppressionReason.Bounce, _time.GetUtcNow()), default);
        await Store.Suppressions.Put(null, new SuppressionEntry("r@example.net", SuppressionReason.Bounce, _time.GetUtcNow()), default);
        Assert.True(await Store.Tenants.Delete(_tenant, default));
        Assert.Equal(2, await Count("suppressed"));
        await Store.Retention.Run(default);
        Assert.Equal((1, 0), (await Count("suppressed"), await Count("suppressed_gone")));
    }

    [Fact]
    public async Task Old_segments_of_the_log_are_dropped_once_their_events_are_in_snapshots()
    {
        for (var i = 1; i <= 100; i++) await AppendEvent(i);
        _time.Advance(TimeSpan.FromDays(40));
        for (var i = 101; i <= 110; i++) await AppendEvent(i);
        Assert.Equal(0, await Store.Retention.Run(default));

        var snapshot = new TenantSnapshot(90, Array.Empty<byte>(), Array.Empty<byte>(), "ENABLED", null);
        await Store.Spool.WhenCommitted(Store.Spool.Enqueue(new() { TenantKey = _tenant, Snapshot = snapshot }), default);

        // Segments hold 40: the third has events after the snapshot.
        Assert.Equal(2, await Store.Retention.Run(default));
        Assert.Equal(81, (await Store.Events.ReadFrom(0, 1_000, default))[0].Sequence);
        await _underTest.Restart();
        Assert.Equal(20, (await Store.Tenants.Load("a", default))!.Tail.Count);
        await AppendEvent(111);
        Assert.Equal(111, (await Store.Events.ReadFrom(0, 1_000, default))[^1].Position);
    }

    private async Task AppendEvent(long sequence) => await Store.Spool.WhenCommitted(
        Store.Spool.Enqueue(new() { TenantKey = _tenant, Events = [new(sequence, _time.GetUtcNow(), 20, new byte[8])] }), default);

    private async Task AssertFails(long ticket) =>
        await Assert.ThrowsAsync<StorageException>(() => Store.Spool.WhenCommitted(ticket, default).AsTask());

    private long Append(int bytes) => Enqueue(Store.Spool.NextIds(2), bytes);

    private long Enqueue(long key, int bytes) => Store.Spool.Enqueue(new() { TenantKey = _tenant, Append = Message(key, bytes) });

    private static MessageAppend Message(long key, int bytes)
    {
        var envelope = new Envelope
        {
            MessageId = "m", TenantName = "a", Sender = "", FromAddress = "a@example.org", IdentityArn = "arn", Destination = ["b@example.org"],
            AcceptedAt = DateTimeOffset.UnixEpoch, SizeBytes = bytes,
        };
        return new(key, envelope, new byte[bytes], ["b@example.org"], DateTimeOffset.UnixEpoch);
    }

    private Task<long> PageCount() => Store.Writer.Change(-1, b => b.Connection.ExecuteScalar<long>("PRAGMA page_count"), default);

    private Task<long> Count(string table) => Store.Writer.Change(-1, b => b.Connection.ExecuteScalar<long>($"SELECT COUNT(*) FROM {table}"), default);

    private Task<long> SetMaxPages(long pages) =>
        Store.Writer.Change(-1, b => b.Connection.ExecuteScalar<long>($"PRAGMA max_page_count = {pages}"), default);
}
