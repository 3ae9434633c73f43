using System.Globalization;
using Silo.Benchmarks.Engine;
using Silo.Server.Egress;

namespace Silo.Benchmarks.Pacing;

/// <summary>
/// What a message costs the whole server from the queue to its stored outcome, while one, a thousand, a hundred thousand tenants have mail
/// due: the dispatcher, the actors and the store, with a way out that takes everything at once.
/// </summary>
internal static class DrainBenchmark
{
    public const string Usage = "[--messages 1000000] [--tenants 1,1000,100000] [--directory PATH]";

    private const string Pool = "measured";

    public static async Task<int> Run(string[] given)
    {
        var arguments = new Arguments(given);
        var messages = arguments.Number("--messages", 1_000_000);
        var counts = (arguments.Text("--tenants") ?? "1,1000,100000").Split(',').Select(n => int.Parse(n, CultureInfo.InvariantCulture));
        var first = 0.0;
        foreach (var tenants in counts)
        {
            var cost = await Measure(arguments, messages, tenants);
            if (first == 0) first = cost;
            Console.WriteLine(FormattableString.Invariant($"  {cost / first:F2} of the first"));
        }

        return 0;
    }

    private static async Task<double> Measure(Arguments arguments, int messages, int tenants)
    {
        await using var starts = new NotedStarts(TimeSpan.Zero);
        await using var engine = await MeasuredEngine.Start(
            arguments,
            settings =>
            {
                (settings.Tenants.SendRate, settings.Tenants.SendBurst) = (1e6, 1e6);
                settings.Delivery.InFlightPerTenant = settings.Delivery.InFlight;
                settings.Silo.Account.MaxTenants = 1_000_000;
            },
            starts);
        var pools = engine.Get<SendingPoolResources>();
        await pools.Create(Pool, isManaged: false, [], default);
        await pools.Change(Pool, p => p with { Pauses = [new PoolPause(null, "To be filled.", p.CreatedAt)] }, default);
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        await engine.Fill(tenants, i => engine.Create($"t{i}"));
        await engine.Fill(messages, i => engine.Send($"t{i % tenants}", $"m-{i}", $"r{i}@example.org", pool: Pool));
        GC.Collect();
        var (began, cpu) = (TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await pools.Change(Pool, p => p with { Pauses = null }, default);
        while ((await engine.Store.Spool.CountQueued(default)).Sum(c => c.Queued) > 0) await Task.Delay(100);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        var cost = cpu.TotalMicroseconds / messages;
        Console.WriteLine(FormattableString.Invariant(
            $"{tenants,7} tenants with mail due: {messages / seconds,6:F0} messages/s, {cost:F1} us of CPU a message, {starts.Starts.Count:N0} starts"));
        return cost;
    }
}
