using Silo.Benchmarks.Engine;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.QueueControl;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Tenants;

namespace Silo.Benchmarks.QueueControl;

/// <summary>
/// How long one order takes to stop a campaign that lies in the queue and is leaving: from the call to its acknowledgement, after which
/// nothing of it begins to leave; and until the queue is in line with it. The tenant's other mail goes on meanwhile.
/// </summary>
internal static class CampaignBenchmark
{
    public const string Usage = "[--messages 1000000] [--rate 2000] [--other-rate 20] [--hold] [--directory PATH]";

    private const string Name = "campaigner";
    private static readonly MessageTag[] Campaign = [new("campaign", "spring")];

    public static async Task<int> Run(string[] given)
    {
        var arguments = new Arguments(given);
        await using var starts = new CampaignStarts();
        await using var engine = await MeasuredEngine.Start(
            arguments, settings => (settings.Tenants.SendRate, settings.Tenants.SendBurst) = (0.01, 1), starts);
        await Measure(engine, starts, await engine.Create(Name), arguments);
        return 0;
    }

    private static async Task Measure(MeasuredEngine engine, CampaignStarts starts, ITenant tenant, Arguments arguments)
    {
        var (messages, rate) = (arguments.Number("--messages", 1_000_000), arguments.Number("--rate", 2_000));
        var action = arguments.Has("--hold") ? QueueAction.Hold : QueueAction.Cancel;
        var began = TimeProvider.System.GetTimestamp();
        await engine.Fill(messages, i => engine.Send(Name, $"m-{i}", $"r{i}@campaign.example", Campaign));
        Print($"{messages:N0} messages are queued after {Seconds(began):F1} s");
        await tenant.SetLimits(new TenantLimits { SendRate = rate, SendBurst = rate }, default);
        while ((await tenant.Describe(default))!.Books.Delivered < Math.Min(rate, messages / 10)) await Task.Delay(10);

        using var stop = new CancellationTokenSource();
        var others = SendOthers(engine, arguments.Number("--other-rate", 20), stop.Token);
        var campaign = new QueueFilter { TagName = "campaign" };
        var order = new QueueOrder("campaign", action, campaign, TimeProvider.System.GetUtcNow(), "benchmark");
        began = TimeProvider.System.GetTimestamp();
        var reply = await tenant.OrderQueue(order, default);
        starts.NoneAfter = TimeProvider.System.GetUtcNow();
        Print($"acknowledged after {Seconds(began) * 1000:F1} ms, {reply.DialoguesBegun} dialogues had begun");
        while (await Remaining(engine, tenant, action) > 0) await Task.Delay(50);
        Print($"the queue was in line after {Seconds(began):F1} s");
        await stop.CancelAsync();
        var waits = await others;
        waits.Sort();
        Print($"of the campaign {starts.Late:N0} began after the acknowledgement, {starts.Count:N0} in all");
        if (waits.Count > 0)
            Print($"other mail from call to accepted: {waits.Count:N0}, p50 {waits[waits.Count / 2]:F1} ms, longest {waits[^1]:F1} ms");
    }

    private static async Task<List<double>> SendOthers(MeasuredEngine engine, int rate, CancellationToken stop)
    {
        var waits = new List<double>();
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / rate));
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var began = TimeProvider.System.GetTimestamp();
            await engine.Send(Name, $"other-{i}", "r@other.example");
            waits.Add(Seconds(began) * 1000);
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }

        return waits;
    }

    private static double Seconds(long since) => TimeProvider.System.GetElapsedTime(since).TotalSeconds;

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));

    /// <summary>What the order has still to do.</summary>
    private static async Task<long> Remaining(MeasuredEngine engine, ITenant tenant, QueueAction action)
    {
        if (action == QueueAction.Cancel) return (await tenant.Describe(default))!.Orders.Count;
        var counts = await engine.Store.Spool.CountQueued(default);
        return counts.Where(c => c.TenantName == Name).Sum(c => c.Queued);
    }

    /// <summary>A way out whose dialogues take a moment, that counts what begins of the campaign.</summary>
    private sealed class CampaignStarts : ITransport
    {
        private static readonly DeliveryResult Delivered = new() { Kind = DeliveryResultKind.Delivered, Stage = DeliveryStage.FinalDot };

        private int _count;
        private int _late;

        public DateTimeOffset NoneAfter { get; set; } = DateTimeOffset.MaxValue;

        public int Count => Volatile.Read(ref _count);

        public int Late => Volatile.Read(ref _late);

        public async ValueTask<DeliveryResult> Deliver(HandOver handOver, CancellationToken cancellationToken)
        {
            // First a connection, then the gate, then the dialogue.
            await Task.Delay(5, cancellationToken);
            if (!handOver.TryBegin()) return DeliveryResult.NotStarted;
            var isCampaign = handOver.Envelope.Tags.Count > 0;
            if (isCampaign) Interlocked.Increment(ref _count);
            await Task.Delay(5, cancellationToken);
            if (handOver.Aborted.IsCancellationRequested) return DeliveryResult.NotStarted;
            handOver.Begun();
            await Task.Delay(20, cancellationToken);
            if (isCampaign && handOver.StartedAt > NoneAfter) Interlocked.Increment(ref _late);
            return Delivered;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
