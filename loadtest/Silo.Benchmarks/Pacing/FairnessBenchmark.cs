using Silo.Benchmarks.Cluster;
using Silo.Benchmarks.Engine;
using Silo.Core.Tenants;

namespace Silo.Benchmarks.Pacing;

/// <summary>
/// What a flood of one tenant does to another's waiting time: a quiet tenant sends now and then, first alone and then beside a backlog of
/// another, while all leave through one account rate that the flood wants whole. Waiting is from acceptance to the beginning of the
/// hand-over.
/// </summary>
internal static class FairnessBenchmark
{
    public const string Usage = "[--flood 1000000] [--rate 500] [--quiet-every-ms 100] [--seconds 60] [--dialogue-ms 5] [--directory PATH]";

    private const string Flood = "flood";
    private const string Quiet = "quiet";

    public static async Task<int> Run(string[] given)
    {
        var arguments = new Arguments(given);
        var (messages, rate) = (arguments.Number("--flood", 1_000_000), arguments.Number("--rate", 500));
        var seconds = arguments.Number("--seconds", 60);
        var every = TimeSpan.FromMilliseconds(arguments.Number("--quiet-every-ms", 100));
        var dialogue = TimeSpan.FromMilliseconds(arguments.Number("--dialogue-ms", 5));
        await using var starts = new NotedStarts(dialogue);
        var quantum = 0;
        await using var engine = await MeasuredEngine.Start(
            arguments,
            settings =>
            {
                settings.Silo.Account.MaxSendRate = rate;
                quantum = settings.Delivery.Quantum;
            },
            starts);
        var flood = await engine.Create(Flood);
        await engine.Create(Quiet);
        await flood.SetLimits(new TenantLimits { SendRate = 0.01, SendBurst = 1 }, default);
        var began = TimeProvider.System.GetTimestamp();
        await engine.Fill(messages, i => engine.Send(Flood, $"f-{i}", $"r{i}@flood.example"));
        Console.WriteLine($"{messages:N0} messages of the flood are queued after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:F0} s");

        var idle = await SendQuietly(engine, starts, every, seconds, "idle");
        await flood.SetLimits(TenantLimits.None, default);
        // The burst of the account is used up before it counts.
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        var floodedFrom = starts.Starts.Count;
        began = TimeProvider.System.GetTimestamp();
        var beside = await SendQuietly(engine, starts, every, seconds, "beside the flood");
        var floodRate = starts.Starts.Skip(floodedFrom).Count(s => s.Tenant == Flood) / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        var bound = (2 * idle.At(0.99)) + dialogue.TotalMilliseconds + (1000.0 * quantum / rate);
        Console.WriteLine($"the flood left at {floodRate:F1}/s of {rate}/s meanwhile");
        Console.WriteLine(FormattableString.Invariant(
            $"2 x idle p99 + one hand-over + one round of {quantum} = {bound:F1} ms; p99 beside the flood is {beside.At(0.99) / bound:F2} of that"));
        return 0;
    }

    private static async Task<Percentiles> SendQuietly(MeasuredEngine engine, NotedStarts starts, TimeSpan every, int seconds, string what)
    {
        var before = starts.Starts.Count(s => s.Tenant == Quiet);
        var sent = (int)(seconds / every.TotalSeconds);
        using var pace = new PeriodicTimer(every, TimeProvider.System);
        for (var i = 0; i < sent; i++)
        {
            await engine.Send(Quiet, $"q-{what}-{i}", $"r{i}@quiet.example");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }

        while (starts.Starts.Count(s => s.Tenant == Quiet) < before + sent) await Task.Delay(100);
        var waits = new Percentiles(starts.Starts.Where(s => s.Tenant == Quiet).Skip(before).Select(s => s.Waited.TotalMilliseconds));
        Console.WriteLine(FormattableString.Invariant(
            $"the quiet tenant, {what}: {waits.Count} messages, p50 {waits.At(0.5):F1} ms, p99 {waits.At(0.99):F1} ms, longest {waits.Max:F1} ms"));
        return waits;
    }
}
