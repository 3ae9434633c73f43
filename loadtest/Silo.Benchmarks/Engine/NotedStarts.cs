using System.Collections.Concurrent;
using Silo.Core.Delivery;
using Silo.Server.Delivery;

namespace Silo.Benchmarks.Engine;

/// <summary>A way out that notes when each hand-over begins, and takes a given time for the rest of it.</summary>
/// <param name="dialogue">From the gate to the outcome.</param>
internal sealed class NotedStarts(TimeSpan dialogue) : ITransport
{
    private static readonly DeliveryResult Delivered = new() { Kind = DeliveryResultKind.Delivered, Stage = DeliveryStage.FinalDot };

    /// <summary>Tenant, time in the queue, and the instant, in the order of their beginning.</summary>
    public ConcurrentQueue<(string Tenant, TimeSpan Waited, long At)> Starts { get; } = new();

    public async ValueTask<DeliveryResult> Deliver(HandOver handOver, CancellationToken cancellationToken)
    {
        if (!handOver.TryBegin()) return DeliveryResult.NotStarted;
        handOver.Begun();
        Starts.Enqueue((
            handOver.Envelope.TenantName, TimeProvider.System.GetUtcNow() - handOver.Envelope.AcceptedAt, TimeProvider.System.GetTimestamp()));
        if (dialogue > TimeSpan.Zero) await Task.Delay(dialogue, TimeProvider.System, cancellationToken);
        return Delivered;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
