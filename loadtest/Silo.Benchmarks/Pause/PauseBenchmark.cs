using Silo.Benchmarks.Cluster;
using Silo.Benchmarks.Engine;
using Silo.Core.Delivery;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Demo;

namespace Silo.Benchmarks.Pause;

/// <summary>
/// From the outcome that crosses a threshold to the pause, while the server has other things to do: tenants whose mail all bounces, one after
/// the other, beside tenants whose mail arrives. The first instant is when the way out knew the outcome, the last when the decision was on
/// disk; after that nothing of the tenant may begin.
/// </summary>
internal static class PauseBenchmark
{
    public const string Usage = "[--tenants 300] [--rate 3000] [--every-ms 200] [--directory PATH]";

    private const int GoodTenants = 100;
    private const int MessagesOfABadOne = 1_000;
    private const string Bad = "bad-";

    public static async Task<int> Run(string[] given)
    {
        var arguments = new Arguments(given);
        var (tenants, rate) = (arguments.Number("--tenants", 300), arguments.Number("--rate", 3_000));
        var chronicle = new DemoChronicle(TimeProvider.System);
        await using var outcomes = new Outcomes();
        await using var engine = await MeasuredEngine.Start(
            arguments,
            settings =>
            {
                (settings.Tenants.SendRate, settings.Tenants.SendBurst) = (1_000, 1_000);
                settings.Silo.Account.MaxSendRate = 1_000_000;
            },
            outcomes, store => new WatchedStore(store, chronicle));
        for (var i = 0; i < GoodTenants; i++) await engine.Create($"good-{i}");
        using var stop = new CancellationTokenSource();
        var good = SendGood(engine, rate, stop.Token);
        await Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System, CancellationToken.None);

        var (began, cpu, before) = (TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime, outcomes.Count);
        await GoBad(engine, chronicle, tenants, TimeSpan.FromMilliseconds(arguments.Number("--every-ms", 200)));
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        var (used, ended) = ((Environment.CpuUsage.TotalTime - cpu).TotalSeconds, outcomes.Count - before);
        await stop.CancelAsync();
        await good;

        var pauses = chronicle.Pauses;
        Report("gate closed after", pauses.Select(p => (p.GateClosedAt - p.OutcomeAt).TotalMilliseconds));
        Report("on disk after", pauses.Select(p => (p.StoredAt - p.OutcomeAt).TotalMilliseconds));
        Console.WriteLine(FormattableString.Invariant(
            $"of {tenants} tenants {pauses.Count} are paused; began after that: {pauses.Sum(p => chronicle.BegunAfterPause(p.Tenant))}"));
        Console.WriteLine(FormattableString.Invariant(
            $"meanwhile {ended / seconds:F0} outcomes/s, {used / seconds:F2} cores, {1e6 * used / ended:F0} µs of CPU for each"));
        return pauses.Count == tenants ? 0 : 1;
    }

    private static async Task SendGood(MeasuredEngine engine, int rate, CancellationToken stop)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        for (var i = 0; !stop.IsCancellationRequested;)
        {
            var first = i;
            i += rate / 100;
            await Task.WhenAll(Enumerable.Range(first, i - first).Select(n => engine.Send($"good-{n % GoodTenants}", $"g-{n}", $"r{n}@good.example")));
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static async Task GoBad(MeasuredEngine engine, DemoChronicle chronicle, int tenants, TimeSpan every)
    {
        var going = new List<Task>();
        for (var i = 0; i < tenants; i++)
        {
            going.Add(GoBad(engine, chronicle, Bad + i));
            await Task.Delay(every, TimeProvider.System);
        }

        await Task.WhenAll(going);
        // What is on its way to the disk is told a moment later.
        for (var tries = 0; chronicle.Pauses.Count < tenants && tries < 100; tries++) await Task.Delay(100);
    }

    private static async Task GoBad(MeasuredEngine engine, DemoChronicle chronicle, string name)
    {
        var tenant = await engine.Create(name);
        chronicle.Know((await engine.Store.Tenants.Load(name, default))!.TenantKey, name);
        var standing = await tenant.Describe(default);
        for (var i = 0; i < MessagesOfABadOne && standing!.Standing.MaySend; i += 50)
        {
            try
            {
                await Task.WhenAll(Enumerable.Range(i, 50).Select(n => engine.Send(name, $"{name}-{n}", $"r{n}@gone.example")));
            }
            catch (InvalidOperationException)
            {
                // Paused meanwhile.
            }

            standing = await tenant.Describe(default);
        }
    }

    private static void Report(string what, IEnumerable<double> milliseconds)
    {
        var all = new Percentiles(milliseconds);
        Console.WriteLine(FormattableString.Invariant(
            $"{what}: p50 {all.At(0.5):F1} ms, p90 {all.At(0.9):F1} ms, p99 {all.At(0.99):F1} ms, longest {all.Max:F1} ms ({all.Count})"));
    }

    /// <summary>A way out with dialogues of 20 ms, where the mail of some tenants is refused for good.</summary>
    private sealed class Outcomes : ITransport
    {
        private static readonly TimeSpan Dialogue = TimeSpan.FromMilliseconds(20);
        private static readonly DeliveryResult Delivered = new() { Kind = DeliveryResultKind.Delivered, Stage = DeliveryStage.FinalDot };
        private static readonly DeliveryResult NoSuchUser = new()
        {
            Kind = DeliveryResultKind.HardBounce, Stage = DeliveryStage.Recipient, BounceSubType = BounceSubType.NoEmail,
        };

        private long _count;

        public long Count => Interlocked.Read(ref _count);

        public async ValueTask<DeliveryResult> Deliver(HandOver handOver, CancellationToken cancellationToken)
        {
            if (!handOver.TryBegin()) return DeliveryResult.NotStarted;
            handOver.Begun();
            await Task.Delay(Dialogue, TimeProvider.System, cancellationToken);
            Interlocked.Increment(ref _count);
            return handOver.Envelope.TenantName.StartsWith(Bad, StringComparison.Ordinal) ? NoSuchUser : Delivered;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
