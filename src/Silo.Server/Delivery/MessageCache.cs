using Silo.Core.Messages;
using Silo.Storage;

namespace Silo.Server.Delivery;

/// <summary>
/// Messages that were stored or read a moment ago, so that the normal way out reads nothing back. Bounded in bytes; the oldest go
/// first. Losing an entry costs a read, nothing else.
/// </summary>
public sealed class MessageCache(long maxBytes)
{
    // What an entry costs beside its bytes: envelope, node, dictionary slot. Rounded up.
    private const int EntryOverheadBytes = 1_024;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, LinkedListNode<StoredMessage>> _entries = [];
    private readonly LinkedList<StoredMessage> _oldestFirst = [];
    private long _bytes;

    public void Add(long messageKey, Envelope envelope, ReadOnlyMemory<byte> content)
    {
        var cost = Cost(content);
        if (cost > maxBytes / 4) return;
        lock (_lock)
        {
            if (_entries.ContainsKey(messageKey)) return;
            _entries.Add(messageKey, _oldestFirst.AddLast(new StoredMessage(messageKey, envelope, content)));
            _bytes += cost;
            while (_bytes > maxBytes) Drop(_oldestFirst.First!);
        }
    }

    public StoredMessage? Find(long messageKey)
    {
        lock (_lock) return _entries.TryGetValue(messageKey, out var node) ? node.Value : null;
    }

    public void Remove(long messageKey)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(messageKey, out var node)) Drop(node);
        }
    }

    private static long Cost(ReadOnlyMemory<byte> content) => content.Length + EntryOverheadBytes;

    private void Drop(LinkedListNode<StoredMessage> node)
    {
        _oldestFirst.Remove(node);
        _entries.Remove(node.Value.MessageKey);
        _bytes -= Cost(node.Value.Content);
    }
}
