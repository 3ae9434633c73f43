using Silo.Storage;

namespace Silo.Server.Intake.Repeats;

/// <summary>
/// The keyed sends that a tenant has accepted just now: a call that was repeated before the first one was on disk finds it here, when the
/// store does not show it yet. Older ones are the store's to know. Belongs to an actor.
/// </summary>
internal sealed class SendsInLine
{
    /// <summary>With one more the oldest is forgotten.</summary>
    public const int Most = 512;

    /// <summary>Longer than a write takes, and than a call that was overtaken by its own repetition is under way.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);

    private readonly Dictionary<UInt128, SendInLine> _byCall = [];
    private readonly Queue<(UInt128 Call, DateTimeOffset At)> _order = [];

    public SendInLine? Find(UInt128 call, DateTimeOffset now)
    {
        Forget(now - Kept);
        return _byCall.GetValueOrDefault(call);
    }

    public void Add(SendKey key, string messageId, long ticket, DateTimeOffset now)
    {
        Forget(now - Kept);
        if (_order.Count >= Most) _byCall.Remove(_order.Dequeue().Call);
        if (_byCall.TryAdd(key.Call, new SendInLine(messageId, key.Content, ticket))) _order.Enqueue((key.Call, now));
    }

    private void Forget(DateTimeOffset before)
    {
        while (_order.TryPeek(out var oldest) && oldest.At < before) _byCall.Remove(_order.Dequeue().Call);
    }
}

/// <param name="Ticket">Of the write that stores it.</param>
internal sealed record SendInLine(string MessageId, UInt128 Content, long Ticket);
