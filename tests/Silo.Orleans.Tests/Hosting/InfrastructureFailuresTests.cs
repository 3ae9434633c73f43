using System.Net;
using Orleans.Runtime;
using Silo.Core.Reputation;
using Silo.Storage;
using Xunit;

namespace Silo.Orleans.Tests.Hosting;

public class InfrastructureFailuresTests
{
    private static readonly ExternalReport Report = new() { Source = "desk", Kind = ExternalReportKind.Abuse };

    // Whoever works in the background takes a cancellation for the end of its work.
    [Fact]
    public async Task A_call_that_was_given_up_where_the_tenant_lives_has_an_unknown_outcome_and_is_not_taken_for_cancelled_by_its_caller()
    {
        await using var silos = await SilosUnderTest.Start(1);
        await silos.Create("a");
        foreach (var tenants in new[] { silos.First.Tenants, silos.Outside })
        {
            silos.First.Store.Faulty.HoldsWrite = write => write.Events.Count > 0 ? Task.FromCanceled(new CancellationToken(true)) : null;
            await Assert.ThrowsAsync<StorageException>(async () => await tenants.Get("a").TakeReport(Report, default));

            var (held, stored) = (new TaskCompletionSource(), new TaskCompletionSource());
            silos.First.Store.Faulty.HoldsWrite = write =>
            {
                if (write.Events.Count == 0) return null;
                held.TrySetResult();
                return stored.Task;
            };
            using var cancellation = new CancellationTokenSource();
            var call = tenants.Get("a").TakeReport(Report, cancellation.Token).AsTask();
            await held.Task;
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
            stored.SetResult();
        }
    }

    [Fact]
    public async Task What_Orleans_calls_for_itself_fails_in_its_own_words()
    {
        await using var silos = await SilosUnderTest.Start(1);
        var gone = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1), 1);
        var asked = silos.First.Grains.GetGrain<IManagementGrain>(0).GetRuntimeStatistics([gone]);
        await Assert.ThrowsAnyAsync<OrleansException>(() => asked);
    }
}
