using Silo.Core.Delivery;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Tenants;
using Silo.Storage;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Orleans.Tests.Tenants;

public class TenantGrainTests
{
    [Fact]
    public async Task What_a_tenant_is_told_through_its_grain_is_stored_and_leaves()
    {
        await using var silos = await SilosUnderTest.Start(1);
        var created = await silos.Create("a");
        for (var i = 0; i < 50; i++) await silos.Send("a");
        await silos.UntilNothingIsOpen("a");

        var described = (await silos.Describe("a"))!;
        Assert.Equal((created.TenantId, created.Arn, created.CreatedAt), (described.TenantId, described.Arn, described.CreatedAt));
        Assert.Equal((50, 50), (described.Books.Accepted, described.Books.Delivered));
        Assert.Equal(50, silos.First.Transport.DeliveredIds.Distinct().Count());
    }

    [Fact]
    public async Task A_tenant_that_does_not_exist_is_null_and_refuses_mail()
    {
        await using var silos = await SilosUnderTest.Start(1);
        var tenant = silos.First.Tenants.Get("nobody");

        Assert.Null(await tenant.Describe(default));
        Assert.Equal(AdmissionResult.NoSuchTenant, (await tenant.Admit(silos.Message("nobody"), default)).Refusal!.Result);
        Assert.False(await tenant.Delete(default));
        Assert.Equal(AssociationReply.NoSuchTenant, await tenant.Associate("arn:aws:ses:us-east-1:000000000000:identity/example.com", default));
    }

    [Fact]
    public async Task A_pause_closes_the_gate_and_what_waits_stays_until_it_is_lifted()
    {
        await using var silos = await SilosUnderTest.Start(1);
        await silos.Create("a");
        var tenant = silos.First.Tenants.Get("a");
        var paused = await tenant.SetStatus(new SetStatus(StatusOrigin.CustomerManaged, SendingStatus.Disabled, "test"), default);
        Assert.Equal(new StandingReply(true, SendingStatus.Disabled, 0), paused);
        Assert.Equal(AdmissionResult.Disabled, (await tenant.Admit(silos.Message("a"), default)).Refusal!.Result);

        await tenant.SetStatus(new SetStatus(StatusOrigin.CustomerManaged, SendingStatus.Enabled, "test"), default);
        await silos.Send("a");
        await silos.UntilNothingIsOpen("a");
    }

    [Fact]
    public async Task Feedback_is_stored_when_it_is_answered()
    {
        await using var silos = await SilosUnderTest.Start(1);
        await silos.Create("a");
        var id = await silos.Send("a");
        await silos.UntilNothingIsOpen("a");
        await silos.First.Tenants.Get("a").Report(
            [new DeliveryFeedback("a", id, "r@example.org", TimeProvider.System.GetUtcNow(), FeedbackKind.HardBounce) { Previous = UnitState.Delivered }],
            default);

        var books = (await silos.Describe("a"))!.Books;
        Assert.Equal((0, 1), (books.Delivered, books.Bounced));
    }

    [Fact]
    public async Task An_activation_that_is_idle_is_saved_and_the_next_one_goes_on_where_it_was()
    {
        await using var silos = await SilosUnderTest.Start(1);
        await silos.Create("a");
        await silos.Send("a");
        await silos.UntilNothingIsOpen("a");
        var before = await silos.Describe("a");
        await silos.Deactivate("a");
        Assert.Empty(silos.HostsOf("a"));
        // Saved whole: nothing has to be replayed.
        Assert.Empty((await silos.First.Store.Tenants.Load("a", default))!.Tail);

        await silos.Send("a");
        await silos.UntilNothingIsOpen("a");
        Assert.Equal(before!.Books.Delivered + 1, (await silos.Describe("a"))!.Books.Delivered);
    }

    [Fact]
    public async Task A_write_that_fails_is_told_and_the_tenant_is_loaded_again()
    {
        await using var silos = await SilosUnderTest.Start(1);
        await silos.Create("a");
        var key = (await silos.First.Store.Tenants.Load("a", default))!.TenantKey;
        silos.First.Store.Faulty.FailsWrite = write => write.TenantKey == key && write.Append is not null;
        await Assert.ThrowsAsync<StorageException>(async () => await silos.First.Tenants.Get("a").Admit(silos.Message("a"), default));
        silos.First.Store.Faulty.FailsWrite = null;

        await silos.Until(
            async () => (await silos.Describe("a"))!.Books.Accepted == 0, "the activation that was ahead of the disk is gone");
        await silos.Send("a");
        await silos.UntilNothingIsOpen("a");
        Assert.Equal(1, (await silos.Describe("a"))!.Books.Accepted);
    }

    [Fact]
    public async Task A_deleted_tenant_is_gone_with_its_queue_and_its_name_is_free()
    {
        await using var silos = await SilosUnderTest.Start(1);
        var first = await silos.Create("a");
        silos.First.Transport.Before = _ => ValueTask.FromResult<DeliveryResult?>(ScriptedTransport.NoConnection);
        for (var i = 0; i < 10; i++) await silos.Send("a");
        Assert.True(await silos.First.Tenants.Get("a").Delete(default));
        Assert.Null(await silos.Describe("a"));

        silos.First.Transport.Before = null;
        var second = await silos.Create("a");
        Assert.NotEqual(first.TenantId, second.TenantId);
    }
}
