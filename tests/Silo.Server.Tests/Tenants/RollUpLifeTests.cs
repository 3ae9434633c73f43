using Silo.Core.Messages;
using Silo.Core.Metrics;
using Silo.Core.Reputation;
using Silo.Server.Tests.Delivery;
using Silo.Storage;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.Tenants;

public sealed class RollUpLifeTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Each_event_counts_once_over_snapshots_crashes_and_restarts()
    {
        // The store drops hours that are old by its own clock.
        await using var engine = await EngineUnderTest.Start(
            e => e.TenantOptions.EventsPerSnapshot = 7, new HostileTimeProvider(TimeProvider.System.GetUtcNow()));
        await engine.Create("a");
        engine.MessageId = n => MessageIdFormat.Create(engine.Time.GetUtcNow(), (UInt128)n, 7, MailTraits.Counted);
        for (var life = 0; life < 4; life++)
        {
            await engine.SendMany("a", 10, i => i % 2 == 0 ? "r@gmail.com" : "r@example.org");
            await engine.UntilNothingIsOpen(Step, "a");
            // The books are ahead of the disk; behind this nothing of it is.
            await engine.Spool.WhenCommitted(engine.Spool.Enqueue(new SpoolWrite { TenantKey = await engine.KeyOf("a") }), default);
            if (life % 2 == 0) await engine.Crash();
            else await engine.Restart();
        }

        var key = await engine.Tenants.Get("a").WriteRollUps(default);

        var hour = RollUpKey.HourOf(engine.Time.GetUtcNow());
        var rows = await engine.Store.RollUps.Read(new RollUpQuery(key, hour - 100, hour + 24, 24, false, false, true), 100, default);
        Assert.Equal(40, rows.Sum(r => r.Counts[(int)ReputationFact.Sent]));
        Assert.Equal([20, 20], rows.Where(r => r.Provider is { Length: > 0 }).Select(r => r.Counts[(int)ReputationFact.Delivered]));
        int[] metrics = [RollUpRow.ColumnOf(MessageMetric.Send), RollUpRow.ColumnOf(MessageMetric.Delivery)];
        var columns = Enumerable.Range(0, RollUpRow.Columns).ToArray();
        var sums = columns.Select(c => rows.Sum(r => r.Counts[c])).ToArray();
        Assert.Equal([40, 40], metrics.Select(m => sums[m]));
        // Sums over tenants say the same, whichever they are read from.
        foreach (var query in new[]
        {
            new RollUpQuery(null, hour - 100, hour + 24, 24, false, false, false), new RollUpQuery(null, hour - 100, hour + 24, 1, false, false, true),
            new RollUpQuery(null, hour - 100, hour + 24, 0, false, false, false) { ByTenant = true },
            new RollUpQuery(null, hour - 100, hour + 24, 0, true, true, false),
        })
        {
            var found = await engine.Store.RollUps.Read(query, 1_000, default);
            Assert.Equal(sums, columns.Select(c => found.Sum(r => r.Counts[c])));
        }

        Assert.Equal(0, await engine.Tenants.Get("nobody").WriteRollUps(default));
    }
}
