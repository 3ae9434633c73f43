using System.Collections.Concurrent;
using Silo.Storage;

namespace Silo.Server.Delivery;

/// <summary>The gates of this silo by tenant key. A gate that nobody opened is closed.</summary>
public sealed class SendingGates(IOwnership ownership)
{
    private readonly ConcurrentDictionary<long, SendingGate> _gates = new();

    public SendingGate Of(long tenantKey) => _gates.GetOrAdd(tenantKey, static (_, owner) => new SendingGate(owner), ownership);

    /// <summary>
    /// Closes the gate of a tenant that left memory, and forgets it unless hand-overs still hold it: a later pause has to reach those.
    /// </summary>
    public void Remove(long tenantKey)
    {
        if (!_gates.TryGetValue(tenantKey, out var gate)) return;
        gate.Close();
        if (!gate.IsInUse) _gates.TryRemove(KeyValuePair.Create(tenantKey, gate));
    }
}
