using System.Collections.Concurrent;

namespace Silo.Server.Delivery;

/// <summary>The gates of this silo by tenant key. A gate that nobody opened is closed.</summary>
public sealed class SendingGates
{
    private readonly ConcurrentDictionary<long, SendingGate> _gates = new();

    public SendingGate Of(long tenantKey) => _gates.GetOrAdd(tenantKey, static _ => new SendingGate());

    /// <summary>Forgets the gate of a tenant that left memory, closed. Hand-overs that hold it keep their own reference.</summary>
    public void Remove(long tenantKey)
    {
        if (_gates.TryRemove(tenantKey, out var gate)) gate.Close();
    }
}
