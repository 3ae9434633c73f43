using Silo.Core.Delivery;
using Silo.Core.Suspension;
using Silo.Server.Tenants;
using Silo.Storage;
using Silo.Testing.Engine;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Orleans.Tests.Ownership;

public class OwnershipTests
{
    private static readonly SetStatus Pause = new(StatusOrigin.CustomerManaged, SendingStatus.Disabled, "test");

    [PostgresFact]
    public async Task A_tenant_is_one_and_the_same_through_every_silo_and_from_outside()
    {
        await using var silos = await SilosUnderTest.OnPostgres(3);
        for (var i = 0; i < 12; i++)
        {
            var name = $"t{i}";
            var created = await silos.Create(name, silos.Silos[i % 3]);
            foreach (var silo in silos.Silos) Assert.Equal(created.TenantId, (await silo.Tenants.Get(name).Describe(default))!.TenantId);
            Assert.Equal(created.TenantId, (await silos.Outside.Get(name).Describe(default))!.TenantId);
            Assert.Single(silos.HostsOf(name));
        }

        Assert.True(silos.Silos.Count(s => s.Local.Count > 0) > 1, "All tenants are on one silo.");
    }

    [PostgresFact]
    public async Task A_send_through_any_silo_is_stored_once_and_leaves_from_the_owner_alone()
    {
        await using var silos = await SilosUnderTest.OnPostgres(3);
        await silos.Create("a");
        var ids = new List<string>();
        for (var i = 0; i < 60; i++) ids.Add(await silos.Send("a", silos.Silos[i % 3]));
        await silos.UntilNothingIsOpen("a");

        var owner = Assert.Single(silos.HostsOf("a"));
        Assert.Equal(ids.Order(), owner.Transport.Starts.Select(s => s.MessageId).Order());
        Assert.All(silos.Silos.Where(s => s != owner), s => Assert.Empty(s.Transport.Starts));
        Assert.Equal((60, 60), await Books(silos));
    }

    [PostgresFact]
    public async Task After_a_pause_through_one_silo_nothing_begins_to_leave_from_the_owner()
    {
        await using var silos = await SilosUnderTest.OnPostgres(2);
        await silos.Create("a");
        var owner = Assert.Single(silos.HostsOf("a"));
        var other = silos.Silos.Single(s => s != owner);
        var connecting = new TaskCompletionSource<DeliveryResult?>(TaskCreationOptions.RunContinuationsAsynchronously);
        owner.Transport.Before = _ => new ValueTask<DeliveryResult?>(connecting.Task);
        for (var i = 0; i < 20; i++) await silos.Send("a", other);
        await silos.Until(() => owner.Transport.UnderWay > 0, "hand-overs are about to begin");
        Assert.Equal(SendingStatus.Disabled, (await other.Tenants.Get("a").SetStatus(Pause, default)).Aggregate);
        owner.Transport.Before = null;
        connecting.SetResult(null);
        await silos.Until(() => owner.Transport.UnderWay == 0, "all came to the gate");

        Assert.Empty(owner.Transport.Starts);
        await other.Tenants.Get("a").SetStatus(Pause with { Status = SendingStatus.Enabled }, default);
        await silos.UntilNothingIsOpen("a");
        Assert.Equal(20, owner.Transport.Starts.Count);
    }

    [PostgresFact]
    public async Task A_tenant_comes_to_life_where_its_owner_is()
    {
        await using var silos = await SilosUnderTest.OnPostgres(3);
        var names = Enumerable.Range(0, 12).Select(i => $"t{i}").ToArray();
        foreach (var name in names)
        {
            await silos.Create(name);
            await silos.Deactivate(name);
        }

        var owner = silos.Silos[1];
        foreach (var name in names)
        {
            Assert.Equal(ClaimResult.Claimed, (await owner.Store.Tenants.Claim(name, default)).Result);
            Assert.NotNull(await silos.Silos[2].Tenants.Get(name).Describe(default));
            Assert.Same(owner, Assert.Single(silos.HostsOf(name)));
        }
    }

    [PostgresFact]
    public async Task A_tenant_that_leaves_memory_with_nothing_queued_belongs_to_nobody_and_one_with_mail_stays()
    {
        await using var silos = await SilosUnderTest.OnPostgres(2);
        await silos.Create("a");
        await silos.Send("a");
        await silos.UntilNothingIsOpen("a");
        var owner = Assert.Single(silos.HostsOf("a"));
        await silos.Deactivate("a");
        await silos.Until(async () => await Owner(silos, "a") is null, "nobody owns the tenant");

        await silos.Create("b");
        owner = Assert.Single(silos.HostsOf("b"));
        await silos.First.Tenants.Get("b").SetPolicy(new SetPolicy(ReputationPolicy.None), default);
        owner.Transport.Before = _ => ValueTask.FromResult<DeliveryResult?>(ScriptedTransport.NoConnection);
        await silos.Send("b");
        await silos.Deactivate("b");
        Assert.Equal(owner.Handle.SiloAddress.Endpoint.ToString(), await Owner(silos, "b"));
    }

    [PostgresFact]
    public async Task A_tenant_that_another_silo_asks_for_moves_there_with_its_mail_and_nothing_leaves_twice()
    {
        // Slow enough for most of the queue to be there when the tenant moves.
        await using var silos = await SilosUnderTest.OnPostgres(2, test =>
            (test.Settings["Silo:Tenants:SendRate"], test.Settings["Silo:Tenants:SendBurst"]) = ("50", "5"));
        await silos.Create("a");
        var from = Assert.Single(silos.HostsOf("a"));
        var to = silos.Silos.Single(s => s != from);
        var ids = new List<string>();
        for (var i = 0; i < 200; i++) ids.Add(await silos.Send("a"));
        await silos.Until(() => !from.Transport.Starts.IsEmpty, "mail leaves");
        var claim = await to.Store.Tenants.Claim("a", default);
        Assert.Equal(ClaimResult.Claimed, claim.Result);
        Assert.Empty(claim.Unsettled);
        // The claim was made past the actor, which would be alive there already, and would have told the dispatcher of the queue. The silo that
        // gave it away asks who has it now; others may still send calls where it was, which bring it to life there again.
        Assert.NotNull(await from.Tenants.Get("a").Describe(default));
        to.Dispatcher.TakeUp(claim.Backlog!);
        // However much of the queue had left by then, this leaves from where the tenant is now.
        ids.Add(await silos.Send("a"));
        await silos.UntilNothingIsOpen("a");

        Assert.Same(to, Assert.Single(silos.HostsOf("a")));
        Assert.Equal(ids.Order(), silos.Silos.SelectMany(s => s.Transport.Starts).Select(s => s.MessageId).Order());
        Assert.NotEmpty(to.Transport.Starts);
    }

    [PostgresFact]
    public async Task Mail_of_a_silo_that_was_killed_leaves_from_the_others_and_what_was_in_hand_is_marked()
    {
        await using var silos = await SilosUnderTest.OnPostgres(3);
        var names = Enumerable.Range(0, 9).Select(i => $"t{i}").ToArray();
        foreach (var name in names) await silos.Create(name);
        var victim = silos.HostsOf("t0")[0];
        var lost = names.Where(n => silos.HostsOf(n)[0] == victim).ToArray();
        var never = new TaskCompletionSource<DeliveryResult>();
        victim.Transport.Answer = _ => new ValueTask<DeliveryResult>(never.Task);
        foreach (var name in names)
            for (var i = 0; i < 5; i++) await silos.Send(name);
        await silos.Until(() => victim.Transport.Starts.Count == lost.Length * 5, "all of the victim's mail is in hand");
        await silos.Kill(victim);
        foreach (var name in names)
        {
            await silos.UntilNothingIsOpen(name);
            var books = (await silos.Describe(name))!.Books;
            Assert.Equal((5, 5, lost.Contains(name) ? 5 : 0), (books.Accepted, books.Delivered, books.PossibleDuplicates));
        }
    }

    [PostgresFact]
    public async Task A_silo_that_stops_in_order_leaves_its_queue_to_the_others_and_nothing_leaves_twice()
    {
        await using var silos = await SilosUnderTest.OnPostgres(2);
        var names = Enumerable.Range(0, 6).Select(i => $"t{i}").ToArray();
        foreach (var name in names) await silos.Create(name);
        var leaving = silos.HostsOf("t0")[0];
        var staying = silos.Silos.Single(s => s != leaving);
        // Nothing gets out of the one that is to go.
        leaving.Transport.Before = _ => ValueTask.FromResult<DeliveryResult?>(ScriptedTransport.NoConnection);
        foreach (var name in names)
            for (var i = 0; i < 5; i++) await silos.Send(name);
        await silos.Stop(leaving);
        foreach (var name in names)
        {
            await silos.UntilNothingIsOpen(name);
            var books = (await silos.Describe(name))!.Books;
            Assert.Equal((5, 5, 0), (books.Accepted, books.Delivered, books.PossibleDuplicates));
        }

        Assert.Equal(30, staying.Transport.DeliveredIds.Distinct().Count());
        Assert.Equal(30, staying.Transport.DeliveredIds.Count);
    }

    private static async Task<(long Accepted, long Delivered)> Books(SilosUnderTest silos)
    {
        var books = (await silos.Describe("a"))!.Books;
        return (books.Accepted, books.Delivered);
    }

    private static ValueTask<string?> Owner(SilosUnderTest silos, string name) => silos.First.Store.Ownership.FindOwner(name, default);
}
