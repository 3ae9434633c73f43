using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Storage.Tests.Contract;

public abstract class SendKeyContract : StoreContract
{
    [ContractFact]
    public async Task A_key_is_stored_with_what_was_accepted_and_survives_a_crash()
    {
        var tenant = await CreateTenant("a");
        await Commit(Accept(tenant, 1, 7, "m-1"));
        for (var life = 0; life < 2; life++)
        {
            Assert.Equal(new AcceptedSend("m-1", 70, Noon), await Spool.FindSend(7, Noon.AddHours(23), default));
            Assert.Null(await Spool.FindSend(8, Noon, default));
            await Crash();
        }
    }

    [ContractFact]
    public async Task A_write_that_is_refused_uses_up_no_key()
    {
        var tenant = await CreateTenant("a");
        await Assert.ThrowsAsync<StorageException>(() => Commit(Accept(tenant, 2, 7, "m-1")));
        Assert.Null(await Spool.FindSend(7, Noon, default));
        await Commit(Accept(tenant, 1, 7, "m-2"));
        Assert.Equal("m-2", (await Spool.FindSend(7, Noon, default))!.MessageId);
    }

    [ContractFact]
    public async Task Of_two_writes_of_a_tenant_under_one_key_the_second_is_refused_alone_and_whole()
    {
        var tenant = await CreateTenant("a");
        var other = await CreateTenant("b");
        var second = Accept(tenant, 2, 7, "m-2");
        var tickets = new[] { Spool.Enqueue(Accept(tenant, 1, 7, "m-1")), Spool.Enqueue(second), Spool.Enqueue(Accept(other, 1, 9, "m-3")) };
        await Spool.WhenCommitted(tickets[0], default);
        await Assert.ThrowsAsync<StorageException>(async () => await Spool.WhenCommitted(tickets[1], default));
        await Spool.WhenCommitted(tickets[2], default);
        Assert.Equal("m-1", (await Spool.FindSend(7, Noon, default))!.MessageId);
        Assert.Single(await QueueOf(tenant));
        Assert.Null(await Spool.ReadMessage(second.Append!.MessageKey, default));
        // The next event takes the number that the refused one had.
        await Commit(Accept(tenant, 2, 10, "m-4"));
    }

    [ContractFact]
    public async Task A_key_counts_for_a_day_and_over_midnight()
    {
        var tenant = await CreateTenant("a");
        var late = Noon.AddHours(11.9);
        await Commit(Accept(tenant, 1, 7, "m-1", late));
        Assert.NotNull(await Spool.FindSend(7, late.AddHours(24), default));
        Assert.Null(await Spool.FindSend(7, late.AddHours(24).AddSeconds(1), default));
        // And a new send may have it then.
        await Commit(Accept(tenant, 2, 7, "m-2", late.AddHours(25)));
        Assert.Equal("m-2", (await Spool.FindSend(7, late.AddHours(25), default))!.MessageId);
    }

    [ContractFact]
    public async Task What_came_under_one_key_of_several_tenants_is_found_by_the_oldest()
    {
        var (one, two) = (await CreateTenant("a"), await CreateTenant("b"));
        await Commit(Accept(one, 1, 7, "m-1", Noon.AddSeconds(2)));
        await Commit(Accept(two, 1, 7, "m-2", Noon.AddSeconds(1)));
        Assert.Equal("m-2", (await Spool.FindSend(7, Noon.AddMinutes(1), default))!.MessageId);
    }

    private SpoolWrite Accept(long tenant, long sequence, uint key, string messageId, DateTimeOffset? at = null) => new()
    {
        TenantKey = tenant, Append = Message(), Events = [Event(sequence)], Send = new SendMark(new SendKey(key, key * 10), messageId, at ?? Noon),
    };
}
