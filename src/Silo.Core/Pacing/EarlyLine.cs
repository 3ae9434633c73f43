using System.Numerics;

namespace Silo.Core.Pacing;

/// <summary>
/// Tenants that joined a line with credit left, unit by unit in proportion to their weights: next is who has had least by weight since
/// it joined. Coarse turns would do for their shares, which the credit gives; but one that cannot save up loses what it earns while
/// others have theirs. A calendar of 64 slots over two quanta, so that each operation costs the same for any number of tenants.
/// </summary>
internal sealed class EarlyLine
{
    private const int Slots = 64;
    private const double SlotsPerQuantum = (Slots - 2) / (double)Turn.RoundsMadeUp;

    private readonly TurnList[] _slots = new TurnList[Slots];
    private ulong _occupied;
    private long _now;

    public bool IsEmpty => _occupied == 0;

    public Turn? First
    {
        get
        {
            if (_occupied == 0) return null;
            _now += BitOperations.TrailingZeroCount(BitOperations.RotateRight(_occupied, (int)(_now % Slots)));
            return _slots[_now % Slots].First;
        }
    }

    public void Add(Turn turn)
    {
        turn.Tag = Math.Max(turn.Tag, _now);
        var slot = (int)((long)turn.Tag % Slots);
        _occupied |= 1ul << slot;
        _slots[slot].AddLast(turn);
    }

    public void Remove(Turn turn)
    {
        var slot = (int)((long)turn.Tag % Slots);
        _slots[slot].Remove(turn);
        if (_slots[slot].First is null) _occupied &= ~(1ul << slot);
    }

    /// <summary>The first one has started so many units.</summary>
    public void PassOn(Turn turn, int units)
    {
        Remove(turn);
        // Never more than its credit was, two quanta at most.
        turn.Tag += units / turn.Tenant.Quantum * SlotsPerQuantum;
        Add(turn);
    }
}
