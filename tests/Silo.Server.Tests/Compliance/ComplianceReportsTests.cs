using Silo.Core.Compliance;
using Silo.Server.Compliance;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.Compliance;

public sealed class ComplianceReportsTests
{
    [Fact]
    public async Task A_report_is_kept_for_minutes_and_all_who_ask_meanwhile_wait_for_one_look()
    {
        var (time, looks, gate) = (new HostileTimeProvider(), 0, new TaskCompletionSource());
        var reports = new ComplianceReports(
            async (_, _) =>
            {
                Interlocked.Increment(ref looks);
                await gate.Task;
                return new ComplianceReport(time.GetUtcNow(), [], false);
            },
            time);
        var waiting = Enumerable.Range(0, 5).Select(_ => reports.Of("a", default)).ToArray();
        using var impatient = new CancellationTokenSource();
        var gone = reports.Of("a", impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        gate.SetResult();
        Assert.Single((await Task.WhenAll(waiting)).Distinct());
        await reports.Of("a", default);
        Assert.Equal(1, looks);
        time.Advance(ComplianceReports.KeptFor * 2);
        await reports.Of("a", default);
        Assert.Equal(2, looks);
    }

    [Fact]
    public async Task Of_more_tenants_than_are_kept_the_one_looked_at_first_is_looked_at_again()
    {
        var (time, looks) = (new HostileTimeProvider(), new Dictionary<string, int>());
        var reports = new ComplianceReports(
            (name, _) =>
            {
                lock (looks) looks[name] = looks.GetValueOrDefault(name) + 1;
                return ValueTask.FromResult<ComplianceReport?>(new ComplianceReport(time.GetUtcNow(), [], false));
            },
            time);
        for (var i = 0; i <= ComplianceReports.MaxKept; i++)
        {
            await reports.Of($"t{i}", default);
            time.Advance(TimeSpan.FromMilliseconds(1));
        }

        foreach (var (name, expected) in new[] { ("t0", 2), ($"t{ComplianceReports.MaxKept}", 1) })
        {
            await reports.Of(name, default);
            Assert.Equal((name, expected), (name, looks[name]));
        }
    }

    [Fact]
    public async Task What_failed_and_a_tenant_that_is_not_there_are_looked_for_anew()
    {
        var looks = 0;
        var reports = new ComplianceReports(
            (name, _) => ++looks == 1 ? throw new TimeoutException() : ValueTask.FromResult<ComplianceReport?>(null), new HostileTimeProvider());
        await Assert.ThrowsAsync<TimeoutException>(() => reports.Of("a", default));
        Assert.Null(await reports.Of("a", default));
        Assert.Null(await reports.Of("a", default));
        Assert.Equal(3, looks);
    }
}
