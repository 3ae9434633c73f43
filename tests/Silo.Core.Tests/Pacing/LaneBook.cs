using Silo.Core.Pacing;

namespace Silo.Core.Tests.Pacing;

/// <summary>What a caller of pacing keeps of a lane: its units in order, by number.</summary>
internal sealed class LaneBook(Lane lane)
{
    private readonly LinkedList<long> _queue = [];
    private long _lastStarted = -1;

    public Lane Lane => lane;

    public long Accepted { get; private set; }

    public long Gone { get; set; }

    public int Queued => _queue.Count;

    public void Accept(int count)
    {
        for (var i = 0; i < count; i++) _queue.AddLast(Accepted++);
    }

    public void Cancel(int count)
    {
        for (var i = 0; i < count; i++) _queue.RemoveLast();
        Gone += count;
    }

    public void Take(int count, Queue<long> units)
    {
        for (var i = 0; i < count; i++)
        {
            units.Enqueue(_queue.First!.Value);
            _queue.RemoveFirst();
        }
    }

    /// <summary>Those that did not start stand where they stood.</summary>
    public void PutBack(IEnumerable<long> units)
    {
        foreach (var unit in units.Reverse()) _queue.AddFirst(unit);
    }

    public bool StartsInOrder(long unit)
    {
        var inOrder = unit > _lastStarted;
        _lastStarted = unit;
        return inOrder;
    }
}
