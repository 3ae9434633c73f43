using Silo.Core.Delivery;
using Silo.Server.Delivery;
using Silo.Testing.Engine;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Orleans.Tests.Ownership;

public class ScheduleTests
{
    [PostgresFact]
    public async Task Scheduled_mail_of_a_silo_that_was_killed_leaves_from_the_next_owner_and_not_before_its_instant()
    {
        await using var silos = await SilosUnderTest.OnPostgres(2);
        await silos.Create("a");
        var owner = Assert.Single(silos.HostsOf("a"));
        var other = silos.Silos.Single(s => s != owner);
        // Nothing gets out of the one that is to die, however long that takes.
        owner.Transport.Before = _ => ValueTask.FromResult<DeliveryResult?>(ScriptedTransport.NoConnection);
        var at = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 10);
        foreach (var through in silos.Silos)
        {
            var message = silos.Message("a");
            message = message with { Envelope = message.Envelope with { ScheduledFor = at } };
            Assert.Null((await through.Tenants.Get("a").Admit(message, default)).Refusal);
        }

        await silos.Kill(owner);
        await silos.UntilNothingIsOpen("a");
        var books = (await silos.Describe("a"))!.Books;
        Assert.Equal((2, 2, 0), (books.Accepted, books.Delivered, books.PossibleDuplicates));
        Assert.Equal(2, other.Transport.Starts.Count);
        Assert.All(other.Transport.Starts, s => Assert.True(s.At >= at, $"{s.MessageId} left at {s.At:O}, before {at:O}"));
    }
}
