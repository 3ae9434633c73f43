using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Storage.Tests.Contract;

public abstract class NoticeContract : StoreContract
{
    private INoticeStore Notices => Store.Notices;

    [ContractFact]
    public async Task A_notice_is_stored_with_its_event_in_their_order_and_with_what_is_kept_of_its_message()
    {
        var a = await CreateTenant("a");
        await Commit(new SpoolWrite
        {
            TenantKey = a, Events = [Noticed(1, "m-1", "set"), Event(2), Noticed(3, "m-2", null)], Facts = Facts("m-1", "facts 1", "set"),
        });
        await Commit(new SpoolWrite { TenantKey = a, Events = [Noticed(4, null, null), Noticed(5, "m-1", null)], Facts = Facts("m-1", "later") });
        await Crash();

        var read = await Notices.Read(a, 0, 100, default);

        Assert.Equal([1L, 3, 4, 5], read.Select(n => n.Sequence));
        Assert.Equal(["set", null, null, "set"], read.Select(n => n.ConfigurationSetName));
        Assert.Equal(["facts 1", null, null, "facts 1"], read.Select(n => n.Facts is { } f ? System.Text.Encoding.UTF8.GetString(f.Span) : null));
        Assert.Equal(Event(3).At, read[1].At);
        Assert.Equal(Event(3).Kind, read[1].Kind);
        Assert.Equal(Event(3).Payload.ToArray(), read[1].Payload.ToArray());
        Assert.Equal([4L], (await Notices.Read(a, 3, 1, default)).Select(n => n.Sequence));
        Assert.Equal(5, (await Store.Events.ReadFrom(0, 100, default)).Count);
    }

    [ContractFact]
    public async Task A_refused_write_leaves_no_notice_and_no_facts()
    {
        var a = await CreateTenant("a");
        await Assert.ThrowsAsync<StorageException>(() => Commit(new SpoolWrite
        {
            TenantKey = a, Events = [Noticed(2, "m-1", "set")], Facts = Facts("m-1", "facts of nothing"),
        }));
        await Commit(new SpoolWrite { TenantKey = a, Events = [Noticed(1, "m-1", null)] });

        Assert.Null(Assert.Single(await Notices.Read(a, 0, 100, default)).Facts);
    }

    [ContractFact]
    public async Task Tenants_with_notices_are_claimed_once_until_they_are_released()
    {
        var (a, b, c) = (await CreateTenant("a"), await CreateTenant("b"), await CreateTenant("c"));
        foreach (var tenant in new[] { a, b }) await Commit(new SpoolWrite { TenantKey = tenant, Events = [Noticed(1)] });
        await Commit(EventsOf(c, 1));

        var claimed = await Notices.Claim(null, 10, default);

        Assert.Equal([(a, "a", "tn-a"), (b, "b", "tn-b")], claimed.Select(n => (n.TenantKey, n.TenantName, n.TenantId)).Order());
        Assert.Empty(await Notices.Claim(null, 10, default));
        Assert.Empty(await Notices.Claim([a, b, c], 10, default));
        Assert.True(await Notices.Release(b, default));
        Assert.False(await Notices.Release(b, default));
        Assert.Equal([b], (await Notices.Claim([a, b, c], 10, default)).Select(n => n.TenantKey));
    }

    [ContractFact]
    public async Task Whoever_takes_one_tenant_at_a_time_comes_to_all_of_them()
    {
        var tenants = new List<long>();
        foreach (var name in new[] { "a", "b", "c" }) tenants.Add(await CreateTenant(name));
        foreach (var tenant in tenants) await Commit(new SpoolWrite { TenantKey = tenant, Events = [Noticed(1)] });
        var seen = new List<long>();
        for (var i = 0; i < 6; i++)
        {
            var claim = Assert.Single(await Notices.Claim(null, 1, default));
            seen.Add(claim.TenantKey);
            await Notices.Release(claim.TenantKey, default);
        }

        Assert.Equal([.. tenants, .. tenants], seen);
    }

    [ContractFact]
    public async Task A_cursor_moves_forward_for_whoever_has_the_claim_and_survives_a_crash()
    {
        var a = await CreateTenant("a");
        await Commit(new SpoolWrite { TenantKey = a, Events = [.. Enumerable.Range(1, 9).Select(i => Noticed(i))] });
        Assert.False(await Notices.Advance(a, "set/hook@1", 3, default));
        Assert.Empty(Assert.Single(await Notices.Claim(null, 10, default)).Cursors);

        Assert.True(await Notices.Advance(a, "set/hook@1", 5, default));
        Assert.True(await Notices.Advance(a, "*/all@2", 2, default));
        Assert.True(await Notices.Advance(a, "set/hook@1", 3, default));
        await Crash();

        Assert.False(await Notices.Advance(a, "set/hook@1", 9, default));
        Assert.Equal(new Dictionary<string, long> { ["set/hook@1"] = 5, ["*/all@2"] = 2 }, Assert.Single(await Notices.Claim(null, 10, default)).Cursors);
        Assert.Equal(new Dictionary<long, long> { [a] = 5 }, await Notices.FindCursors("set/hook@1", default));
        Assert.Empty(await Notices.FindCursors("set/hook@2", default));
    }

    [ContractFact]
    public async Task Trimming_drops_what_all_have_had_and_cursors_of_destinations_that_are_gone()
    {
        var a = await CreateTenant("a");
        await Commit(new SpoolWrite { TenantKey = a, Events = [.. Enumerable.Range(1, 9).Select(i => Noticed(i))] });
        Assert.False(await Notices.Trim(a, 9, [], default));
        await Notices.Claim(null, 10, default);
        await Notices.Advance(a, "one", 9, default);
        await Notices.Advance(a, "two", 4, default);
        await Notices.Advance(a, "gone", 1, default);

        Assert.True(await Notices.Trim(a, 4, ["one", "two"], default));

        Assert.Equal([5L, 6, 7, 8, 9], (await Notices.Read(a, 0, 100, default)).Select(n => n.Sequence));
        Assert.Equal(new NoticeBacklog(5, Noon.AddSeconds(5)), await Notices.Count(a, 4, default));
        Assert.Equal(new NoticeBacklog(2, Noon.AddSeconds(8)), await Notices.Count(a, 7, default));
        Assert.Equal(default, await Notices.Count(a, 9, default));
        Assert.Equal([new TenantNoticeBacklog(a, "a", 5, Noon.AddSeconds(5))], await Notices.CountAll(10, default));
        Assert.Empty(await Notices.FindCursors("gone", default));
        Assert.Single(await Notices.FindCursors("two", default));

        Assert.True(await Notices.Trim(a, 9, ["one", "two"], default));

        Assert.Empty(await Notices.FindCursors("two", default));
        Assert.Empty(await Notices.CountAll(10, default));
        await Notices.Release(a, default);
        Assert.Empty(await Notices.Claim(null, 10, default));
    }

    [ContractFact]
    public async Task As_many_are_trimmed_as_there_are()
    {
        var a = await CreateTenant("a");
        await Commit(new SpoolWrite { TenantKey = a, Events = [.. Enumerable.Range(1, 20_002).Select(i => Noticed(i))] });
        await Notices.Claim(null, 1, default);
        Assert.True(await Notices.Trim(a, 20_001, ["x"], default));
        Assert.Equal([20_002L], (await Notices.Read(a, 0, 10, default)).Select(n => n.Sequence));
    }

    [ContractFact]
    public async Task Notices_outlive_their_tenant_and_keep_its_name()
    {
        var (a, b) = (await CreateTenant("a"), await CreateTenant("b"));
        await Commit(new SpoolWrite { TenantKey = a, Events = [Noticed(1)] });
        Assert.True(await Store.Tenants.Delete(a, default));
        Assert.True(await Store.Tenants.Delete(b, default));
        var again = await CreateTenant("a");

        var claim = Assert.Single(await Notices.Claim(null, 10, default));

        Assert.Equal((a, "a", "tn-a"), (claim.TenantKey, claim.TenantName, claim.TenantId));
        Assert.NotEqual(a, again);
        Assert.Equal("a", Assert.Single(await Notices.CountAll(10, default)).TenantName);
        Assert.True(await Notices.Trim(a, 1, [], default));
        await Notices.Release(a, default);
        Assert.Empty(await Notices.Claim(null, 10, default));
    }

    [ContractFact]
    public async Task What_is_kept_of_old_messages_is_dropped_at_a_start()
    {
        var a = await CreateTenant("a");
        await Commit(new SpoolWrite { TenantKey = a, Events = [Noticed(1, "old")], Facts = Facts("old", "o", acceptedAt: Time.GetUtcNow().AddDays(-15)) });
        await Commit(new SpoolWrite { TenantKey = a, Events = [Noticed(2, "kept")], Facts = Facts("kept", "k", acceptedAt: Time.GetUtcNow().AddDays(-14)) });
        await Restart();

        IReadOnlyList<StoredNotice> read = [];
        for (var tries = 0; tries < 2_000 && (read = await Notices.Read(a, 0, 10, default))[0].Facts is not null; tries++) await Task.Delay(5);

        Assert.Equal([false, true], read.Select(n => n.Facts is not null));
    }

    [ContractFact]
    public async Task A_publisher_is_told_after_the_commit_of_tenants_that_got_notices()
    {
        var (a, b) = (await CreateTenant("a"), await CreateTenant("b"));
        var told = new System.Collections.Concurrent.ConcurrentQueue<long>();
        Notices.OnWritten(tenants =>
        {
            foreach (var tenant in tenants) told.Enqueue(tenant);
        });
        await Commit(EventsOf(a, 1));
        await Commit(new SpoolWrite { TenantKey = b, Events = [Noticed(1), Noticed(2)] });
        await Assert.ThrowsAsync<StorageException>(() => Commit(new SpoolWrite { TenantKey = a, Events = [Noticed(9)] }));

        Assert.Equal([b], told);
    }

    private static EventAppend Noticed(long sequence, string? messageId = null, string? setName = null) =>
        Event(sequence) with { Notice = new EventNotice(messageId, setName) };

    private static MessageFacts Facts(string messageId, string text, string? setName = null, DateTimeOffset? acceptedAt = null) =>
        new(messageId, acceptedAt ?? Noon, setName, Bytes(text));
}
