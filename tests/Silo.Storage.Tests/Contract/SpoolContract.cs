using Silo.Core.Pacing;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Contract;

public abstract class SpoolContract : StoreContract
{
    [ContractFact]
    public async Task A_message_is_read_back_as_it_was_appended()
    {
        var tenant = await CreateTenant("a");
        var message = await Append(tenant, units: 2);
        await Crash();

        var stored = await Spool.ReadMessage(message.MessageKey, default);

        Assert.NotNull(stored);
        Assert.Equal(message.Content.ToArray(), stored.Content.ToArray());
        Assert.Equivalent(message.Envelope, stored.Envelope, strict: true);
        Assert.Equal([message.MessageKey + 1, message.MessageKey + 2], await QueueOf(tenant));
    }

    [ContractFact]
    public async Task Envelopes_are_read_by_key_and_those_that_are_gone_are_left_out()
    {
        var tenant = await CreateTenant("a");
        MessageAppend[] messages = [await Append(tenant), await Append(tenant, units: 2), await Append(tenant)];
        await Settle(tenant, messages[2], 0, release: 0);

        var envelopes = await Spool.ReadEnvelopes([.. messages.Select(m => m.MessageKey), long.MaxValue], default);

        Assert.Equal(messages.Take(2).Select(m => m.MessageKey), envelopes.Keys.Order());
        foreach (var message in messages.Take(2)) Assert.Equivalent(message.Envelope, envelopes[message.MessageKey], strict: true);
        Assert.Empty(await Spool.ReadEnvelopes([], default));
    }

    [ContractFact]
    public async Task The_queue_is_read_in_the_order_of_due_time_and_id_page_by_page()
    {
        var tenant = await CreateTenant("a");
        var other = await CreateTenant("b");
        var late = await Append(tenant, units: 2, due: Noon.AddHours(1));
        var early = await Append(tenant, units: 3);
        var sameDue = await Append(tenant, units: 2);
        await Append(other);
        var expected = new[] { early, sameDue, late }.SelectMany(m => m.Recipients.Select((_, i) => m.MessageKey + 1 + i)).ToList();

        for (var limit = 1; limit <= 8; limit++)
        {
            var read = new List<QueuedUnit>();
            while (true)
            {
                var after = read.Count == 0 ? default : new QueueCursor(read[^1].DueAt, read[^1].Id);
                var page = await Spool.ReadQueue(tenant, after, limit, false, default);
                Assert.True(page.Count <= limit);
                read.AddRange(page);
                if (page.Count < limit) break;
            }

            Assert.Equal(expected, read.Select(u => u.Id));
        }
    }

    [ContractFact]
    public async Task A_message_goes_with_its_last_unit()
    {
        var tenant = await CreateTenant("a");
        var message = await Append(tenant, units: 3);
        var neighbour = await Append(tenant);
        foreach (var unit in new[] { 1, 0 }) await Settle(tenant, message, unit, release: 0);
        Assert.NotNull(await Spool.ReadMessage(message.MessageKey, default));

        await Settle(tenant, message, 2, release: 0);

        Assert.Null(await Spool.ReadMessage(message.MessageKey, default));
        Assert.NotNull(await Spool.ReadMessage(neighbour.MessageKey, default));
    }

    [ContractFact]
    public async Task A_retry_keeps_what_is_known_of_the_unit()
    {
        var tenant = await CreateTenant("a");
        var message = await Append(tenant);
        var release = await Release(message.MessageKey + 1);
        var retry = new UnitRetry(Noon.AddMinutes(5), 2, Noon.AddSeconds(3), 1, true) { DelaysTold = 1026 };

        await Settle(tenant, message, 0, release, retry);
        await Restart();

        var unit = Assert.Single(await Spool.ReadQueue(tenant, default, 10, false, default));
        Assert.Equal(
            new QueuedUnit(message.MessageKey + 1, message.MessageKey, 1, message.Recipients[0], retry.DueAt, 2, retry.FirstAttemptAt, 1, true)
            {
                DelaysTold = 1026,
            },
            unit);
        Assert.Empty(await Spool.ReadUnsettled(default));
    }

    [ContractFact]
    public async Task A_retry_moves_a_unit_to_another_pool_and_one_that_names_none_leaves_it_there()
    {
        var tenant = await CreateTenant("a");
        var message = await Append(tenant);
        var retry = new UnitRetry(Noon, 0, null, 0, false);

        await Settle(tenant, message, 0, release: 0, retry with { Pool = "other" });
        await Settle(tenant, message, 0, release: 0, retry with { Attempts = 1 });

        var unit = Assert.Single(await Spool.ReadQueue(tenant, default, 10, false, default));
        Assert.Equal(("other", 1), (unit.Pool, unit.Attempts));
    }

    [ContractFact]
    public async Task Units_keep_the_stream_and_the_pool_of_their_message_and_their_own_provider_wherever_they_are_read()
    {
        var tenant = await CreateTenant("a");
        MessageAppend[] messages =
        [
            Message(units: 2) with { Stream = MailStream.Urgent, Pool = "dedicated", Providers = [null, "Town"] }, Message() with { Stream = MailStream.Bulk },
            Message() with { Pool = "shared", Providers = ["Gmail"] },
        ];
        foreach (var message in messages) await Commit(new SpoolWrite { TenantKey = tenant, Append = message });
        (MailStream, string?, string?)[] expected =
        [
            (MailStream.Urgent, "dedicated", null), (MailStream.Urgent, "dedicated", "Town"), (MailStream.Bulk, null, null),
            (MailStream.Normal, "shared", "Gmail"),
        ];
        long[] units = [.. messages.SelectMany(m => m.Recipients.Select((_, i) => m.MessageKey + 1 + i))];
        Assert.Equal(expected, (await Spool.ReadQueue(tenant, default, 10, false, default)).Select(Lane));

        var release = await Release(units);
        await Crash();

        Assert.Equal(expected, (await Spool.ReadUnsettled(default)).Select(u => Lane(u.Unit)));
        Assert.Equal(expected, (await Store.Tenants.Claim("a", default)).Unsettled.Select(u => Lane(u.Unit)));
        await Settle(tenant, messages[0], 0, release, new(Noon, 1, Noon, 0, false));
        await Settle(tenant, messages[1], 0, release, new(DateTimeOffset.MaxValue, 0, null, 3, true));
        Assert.Equal(
            [expected[0], expected[1], expected[3], expected[2]],
            (await Spool.ReadQueue(tenant, default, 10, includeSetAside: true, default)).Select(Lane));

        static (MailStream, string?, string?) Lane(QueuedUnit unit) => (unit.Stream, unit.Pool, unit.Provider);
    }

    [ContractFact]
    public async Task Units_keep_the_domain_they_are_sent_for_and_the_pool_they_overflow_to_until_they_go_back()
    {
        var tenant = await CreateTenant("a");
        var message = Message(units: 2) with { Pool = "own", SendingDomain = "example.com" };
        await Commit(new SpoolWrite { TenantKey = tenant, Append = message });
        await Commit(new SpoolWrite { TenantKey = tenant, Append = Message() });
        var retry = new UnitRetry(Noon, 0, null, 0, false);

        await Settle(tenant, message, 0, release: 0, retry with { OverflowPool = "other" });
        (string?, string?, string?)[] expected = [("example.com", "own", "other"), ("example.com", "own", null), (null, null, null)];
        Assert.Equal(expected, (await Spool.ReadQueue(tenant, default, 10, false, default)).OrderBy(u => u.Id).Select(Way));

        var release = await Release([message.MessageKey + 1]);
        await Crash();
        Assert.Equal([expected[0]], (await Store.Tenants.Claim("a", default)).Unsettled.Select(u => Way(u.Unit)));
        await Settle(tenant, message, 0, release, retry);
        var back = await Spool.ReadQueue(tenant, default, 10, false, default);
        Assert.Equal([expected[1], expected[1], expected[2]], back.OrderBy(u => u.Id).Select(Way));

        static (string?, string?, string?) Way(QueuedUnit unit) => (unit.SendingDomain, unit.Pool, unit.OverflowPool);
    }

    [ContractFact]
    public async Task A_unit_that_is_set_aside_is_counted_and_read_from_the_queue_only_when_asked_for()
    {
        var tenant = await CreateTenant("a");
        var aside = await Append(tenant);
        var queued = await Append(tenant, due: Noon.AddDays(1));
        await Settle(tenant, aside, 0, await Release(aside.MessageKey + 1), new(DateTimeOffset.MaxValue, 1, null, 3, true));
        var other = await CreateTenant("b");
        await Append(other, due: DateTimeOffset.MaxValue);

        Assert.Equal([queued.MessageKey + 1], await QueueOf(tenant));
        Assert.Empty(await Spool.ReadQueue(tenant, new(DateTimeOffset.MaxValue, 0), 10, false, default));
        Assert.Equal(
            [queued.MessageKey + 1, aside.MessageKey + 1],
            (await Spool.ReadQueue(tenant, default, 10, includeSetAside: true, default)).Select(u => u.Id));
        Assert.Equal([new TenantBacklog(tenant, "a", 1, Noon.AddDays(1))], await Spool.ReadBacklogs(default));
        Assert.Equal(
            [new TenantQueueCount(tenant, "a", 1, 1), new TenantQueueCount(other, "b", 0, 1)],
            (await Spool.CountQueued(default)).OrderBy(c => c.TenantKey));
    }

    [ContractFact]
    public async Task A_crash_between_release_and_outcome_yields_exactly_the_unsettled_units()
    {
        var tenant = await CreateTenant("a");
        var message = await Append(tenant, units: 5);
        var unreleased = await Append(tenant);
        long[] units = [.. Enumerable.Range(1, 5).Select(i => message.MessageKey + i)];
        var release = await Release(units);
        await Settle(tenant, message, 0, release);
        await Settle(tenant, message, 1, release, new(Noon.AddHours(1), 1, Noon, 0, false));
        await Settle(tenant, message, 2, release: 0);

        await Crash();

        var unsettled = await Spool.ReadUnsettled(default);
        Assert.Equal([units[3], units[4]], unsettled.Select(u => u.Unit.Id));
        Assert.All(unsettled, u => Assert.Equal((tenant, "a", release), (u.TenantKey, u.TenantName, u.ReleaseId)));
        Assert.Equal([units[3], units[4], unreleased.MessageKey + 1, units[1]], await QueueOf(tenant));

        foreach (var unit in new[] { 3, 4 }) await Settle(tenant, message, unit, release, new(Noon, 0, null, 1, true));
        await Crash();
        Assert.Empty(await Spool.ReadUnsettled(default));
    }

    [ContractFact]
    public async Task A_write_with_an_outcome_that_comes_late_is_refused_whole()
    {
        var tenant = await CreateTenant("a");
        var message = await Append(tenant, units: 2);
        var first = await Release(message.MessageKey + 1, message.MessageKey + 2);
        await Settle(tenant, message, 0, first, new(Noon.AddMinutes(1), 1, Noon, 0, false));
        var second = await Release(message.MessageKey + 1);
        await Settle(tenant, message, 1, first);

        UnitSettlement[] late =
        [
            Settlement(message, 0, first), Settlement(message, 0, first, new(Noon.AddDays(9), 9, null, 0, false)), Settlement(message, 1, first),
            Settlement(message, 1, first, new(Noon, 9, null, 0, false)), Settlement(message, 0, 999_999_999_999),
        ];
        foreach (var settlement in late)
        {
            var refused = new SpoolWrite
            {
                TenantKey = tenant, Append = Message(), Settlements = [settlement], Events = [Event(1)], Snapshot = Snapshot(1, "DISABLED"),
            };
            await Assert.ThrowsAsync<StorageException>(() => Commit(refused));
            Assert.Null(await Spool.ReadMessage(refused.Append.MessageKey, default));
        }

        var unit = Assert.Single(await Spool.ReadQueue(tenant, default, 10, false, default));
        Assert.Equal((1, Noon.AddMinutes(1)), (unit.Attempts, unit.DueAt));
        Assert.Empty(await Store.Events.ReadFrom(0, 10, default));
        Assert.Equal((0, "ENABLED"), await SnapshotOf("a"));
        await Crash();
        Assert.Equal(second, Assert.Single(await Spool.ReadUnsettled(default)).ReleaseId);
        Assert.Equal(unit, Assert.Single(await Spool.ReadQueue(tenant, default, 10, false, default)));
        Assert.Empty(await Store.Events.ReadFrom(0, 10, default));
    }

    [ContractFact]
    public async Task An_outcome_told_together_with_its_repetition_is_refused_whole()
    {
        var tenant = await CreateTenant("a");
        var message = await Append(tenant);
        var release = await Release(message.MessageKey + 1);
        var twice = new SpoolWrite { TenantKey = tenant, Settlements = [Settlement(message, 0, release), Settlement(message, 0, release)] };

        await Assert.ThrowsAsync<StorageException>(() => Commit(twice));

        Assert.Equal([message.MessageKey + 1], await QueueOf(tenant));
        await Settle(tenant, message, 0, release);
        Assert.Empty(await QueueOf(tenant));
    }

    [ContractFact]
    public async Task Units_in_hand_are_found_by_their_release()
    {
        var tenant = await CreateTenant("a");
        var message = await Append(tenant, units: 4);
        long[] units = [.. Enumerable.Range(1, 4).Select(i => message.MessageKey + i)];
        var first = await Release(units);
        await Settle(tenant, message, 0, first);
        await Settle(tenant, message, 1, first, new(Noon, 1, Noon, 0, false));
        await Settle(tenant, message, 2, first, new(Noon, 1, Noon, 0, false));
        var second = await Release(units[2]);

        for (var life = 0; life < 2; life++)
        {
            ReleasedUnitId[] asked = [.. units.Select(u => new ReleasedUnitId(u, first)), new(units[2], second), new(888_888, first)];
            Assert.Equal([units[2], units[3]], (await Spool.FindInHand(asked, default)).Order());
            Assert.Equal([units[3]], await Spool.FindInHand([.. units.Select(u => new ReleasedUnitId(u, first))], default));
            await Crash();
        }
    }

    [ContractFact]
    public async Task A_claim_names_the_units_that_a_crash_left_in_hand_until_they_are_settled()
    {
        var tenant = await CreateTenant("a");
        var other = await CreateTenant("b");
        var message = await Append(tenant, units: 2);
        var others = await Append(other);
        var release = await Release(message.MessageKey + 1, message.MessageKey + 2, others.MessageKey + 1);
        await Crash();

        for (var time = 0; time < 2; time++)
        {
            var claim = await Store.Tenants.Claim("a", default);
            Assert.Equal(ClaimResult.Claimed, claim.Result);
            Assert.Equal((tenant, "a"), (claim.Tenant!.TenantKey, claim.Tenant.Name));
            Assert.Equal([message.MessageKey + 1, message.MessageKey + 2], claim.Unsettled.Select(u => u.Unit.Id));
            Assert.All(claim.Unsettled, u => Assert.Equal((tenant, release), (u.TenantKey, u.ReleaseId)));
        }

        await Settle(tenant, message, 0, release, new(Noon, 0, null, 1, true));
        Assert.Equal([message.MessageKey + 2], (await Store.Tenants.Claim("a", default)).Unsettled.Select(u => u.Unit.Id));
        await Settle(tenant, message, 1, release);
        Assert.Empty((await Store.Tenants.Claim("a", default)).Unsettled);
        Assert.Single((await Store.Tenants.Claim("b", default)).Unsettled);
        await Assert.ThrowsAsync<StorageException>(() => Settle(tenant, message, 1, release));
        Assert.Equal(ClaimResult.NoSuchTenant, (await Store.Tenants.Claim("none", default)).Result);
    }

    [ContractFact]
    public async Task Ids_never_repeat_over_a_restart_or_a_crash()
    {
        var highest = 0L;
        for (var life = 0; life < 6; life++)
        {
            foreach (var count in new[] { 1, 51, 1000 })
            {
                var first = Spool.NextIds(count);
                Assert.True(first > highest, $"life {life}: {first} after {highest}");
                highest = first + count - 1;
            }

            await (life % 2 == 0 ? Crash() : Restart());
        }
    }

    [ContractFact]
    public async Task Ids_go_on_when_more_are_taken_than_were_reserved_at_the_start()
    {
        var highest = 0L;
        for (var i = 0; i < 100; i++)
        {
            var first = Spool.NextIds(1_000_000);
            Assert.True(first > highest);
            highest = first + 999_999;
        }

        await Crash();
        Assert.True(Spool.NextIds(1) > highest);
    }

    private async Task<(long, string)> SnapshotOf(string name)
    {
        var snapshot = (await Store.Tenants.Load(name, default))!.Snapshot;
        return (snapshot.AppliedSequence, snapshot.SendingStatus);
    }
}
