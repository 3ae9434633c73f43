using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Server.Tests.Ownership;

/// <summary>Two activations of one tenant, forced by hand: ownership alone has to keep them apart.</summary>
public sealed class TwoActivationsTests
{
    private const int Rounds = 3;

    [PostgresFact]
    public async Task Of_two_activations_of_one_tenant_only_the_owners_sends_records_and_pauses()
    {
        for (var seed = 0; seed < 2; seed++)
        {
            await using var engines = await TwoEngines.Start(seed);
            await engines.First.Create("a");
            await engines.First.Create("other");
            using var stop = new CancellationTokenSource();
            var senders = engines.Both.SelectMany(e => Enumerable.Range(0, 4).Select(_ => engines.Send(e, "a", stop.Token))).ToArray();
            for (var round = 0; round < Rounds; round++) await PauseAndResume(engines, $"Seed {seed}, round {round}");
            await stop.CancelAsync();
            await Task.WhenAll(senders);
            foreach (var engine in engines.Both)
                await engine.Until(async () => (await engines.Describe(engine, "a")).Books.Open == 0, $"all is sent. Seed {seed}");

            Assert.All(engines.Both, e => Assert.False(e.Store.Ownership.Lost.IsCompleted));
            Assert.All(engines.Both, e => Assert.Contains(e.Transport.Starts, s => s.Tenant == "a"));
            await AssertBalanced(engines, $"Seed {seed}");
        }
    }

    private static async Task PauseAndResume(TwoEngines engines, string where)
    {
        var before = engines.Begun("a");
        await engines.First.Until(() => engines.Begun("a") >= before + 100, $"mail flows. {where}");
        await engines.Set(engines.Either(), "a", SendingStatus.Disabled);
        var begun = engines.Begun("a");

        // Both are asked and both report, so that the tenant goes over while it is paused; and both have other things to send.
        foreach (var engine in engines.Both)
        {
            Assert.Equal(SendingStatus.Disabled, (await engines.Describe(engine, "a")).Standing.Aggregate);
            await engines.Report(engine, "a", 5);
            for (var i = 0; i < 20; i++) await engines.Admit(engines.Second, "other");
        }

        await engines.Second.Until(async () => (await engines.Describe(engines.Second, "other")).Books.Open == 0, $"the other's mail leaves. {where}");
        Assert.True(begun == engines.Begun("a"), $"{where}: {engines.Begun("a") - begun} began after the pause was acknowledged");
        await engines.Set(engines.Either(), "a", SendingStatus.Enabled);
    }

    private static async Task AssertBalanced(TwoEngines engines, string where)
    {
        // Folded from the log, in which no number is missing or given twice, and the same as what the spool holds.
        var books = await engines.EndAndReadBooks();
        var delivered = engines.Delivered.Select(d => d.Split(' ')[0]).ToArray();
        Assert.True(!engines.Accepted.Except(delivered).Any(), $"{where}: {engines.Accepted.Except(delivered).Count()} accepted messages did not leave");
        Assert.True(delivered.Length == delivered.Distinct().Count(), $"{where}: {delivered.Length - delivered.Distinct().Count()} left twice");
        foreach (var tenant in (string[])["a", "other"])
        {
            var sent = delivered.Count(d => d.StartsWith(tenant + "-", StringComparison.Ordinal));
            Assert.Equal((sent, sent), (books.ByTenant[tenant].Accepted, books.ByTenant[tenant].Delivered));
        }

        // No silo died, so nothing is in doubt.
        Assert.DoesNotContain(books.Events, e => e.Kind == TenantEventKind.PossibleDuplicate);
        // A report whose answer was lost is made again, perhaps at the other's, and counts once.
        Assert.True(books.Events.Count(e => e.Kind == TenantEventKind.Complained) == 2 * Rounds * 5, where);
        Assert.Equal(2 * Rounds, books.Events.Count(e => e.Kind == TenantEventKind.StatusChanged));
    }
}
