using System.Collections.Concurrent;
using Silo.Core.Delivery;
using Silo.Server.Delivery;

namespace Silo.Testing.Engine;

/// <summary>A way out inside the process that does what its script says, and notes what passes the gate.</summary>
public sealed class ScriptedTransport(TimeProvider time) : ITransport
{
    private int _underWay;

    public static DeliveryResult Delivered { get; } = new() { Kind = DeliveryResultKind.Delivered, Stage = DeliveryStage.FinalDot };

    public static DeliveryResult HardBounce { get; } = new()
    {
        Kind = DeliveryResultKind.HardBounce, Stage = DeliveryStage.Recipient, BounceSubType = BounceSubType.NoEmail,
    };

    public static DeliveryResult NoConnection { get; } = new()
    {
        Kind = DeliveryResultKind.RouteFailed, Stage = DeliveryStage.Connect, Diagnostic = "Connection refused.",
    };

    /// <summary>Whether it leaves from the addresses of pools.</summary>
    public bool LeavesFromAddresses { get; set; }

    /// <summary>Before the gate: a connection that is waited for, a route that fails. Null goes on.</summary>
    public Func<HandOver, ValueTask<DeliveryResult?>>? Before { get; set; }

    /// <summary>After MAIL was answered.</summary>
    public Func<HandOver, ValueTask<DeliveryResult>> Answer { get; set; } = _ => ValueTask.FromResult(Delivered);

    /// <summary>What passed the gate, in order.</summary>
    public ConcurrentQueue<Start> Starts { get; } = new();

    public ConcurrentQueue<string> DeliveredIds { get; } = new();

    public int NotStarted;

    public int UnderWay => Volatile.Read(ref _underWay);

    public async ValueTask<DeliveryResult> Deliver(HandOver handOver, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            if (Before is not null && await Before(handOver) is { } early) return early;
            if (cancellationToken.IsCancellationRequested || !handOver.TryBegin())
            {
                Interlocked.Increment(ref NotStarted);
                return DeliveryResult.NotStarted;
            }

            Starts.Enqueue(new Start(handOver.Envelope.TenantName, handOver.Envelope.MessageId, handOver.Recipient, handOver.Attempt, time.GetUtcNow())
            {
                Source = handOver.Source?.Document.Ip,
            });
            handOver.Begun();
            var result = await Answer(handOver);
            if (result.Kind == DeliveryResultKind.Delivered) DeliveredIds.Enqueue(handOver.Envelope.MessageId + " " + handOver.Recipient);
            return result;
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>One hand-over that passed the gate.</summary>
public sealed record Start(string Tenant, string MessageId, string Recipient, int Attempt, DateTimeOffset At)
{
    /// <summary>The address that it was to leave from; null for none.</summary>
    public string? Source { get; init; }
}
