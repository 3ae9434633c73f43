using System.Runtime.CompilerServices;

namespace Silo.Core.Pacing;

/// <summary>Lanes of one tenant that wait at one place: a ring for each stream, and what each stream may still start in its round.</summary>
internal struct LaneRings
{
    internal const int Streams = 3;

    private Firsts _first;
    private Credits _credit;
    private int _count;

    public readonly bool IsEmpty => _count == 0;

    /// <summary>The first lane of the stream whose turn it is. Not to be called when there is none.</summary>
    public Lane Pick()
    {
        while (true)
        {
            for (var stream = 0; stream < Streams; stream++)
            {
                if (_first[stream] is { } lane && _credit[stream] > 0) return lane;
            }

            // Credit of a stream without mail is not saved up.
            for (var stream = 0; stream < Streams; stream++)
            {
                _credit[stream] = _first[stream] is null ? 0 : _credit[stream] + WeightOf(stream);
            }
        }
    }

    /// <summary>How many units of a picked lane may start before it is another stream's turn.</summary>
    public readonly int Allowance(Lane lane) => _count == 1 ? int.MaxValue : Math.Max(_credit[(int)lane.Stream], 1);

    /// <summary>Takes note of what started, and lets the stream's next lane be first.</summary>
    public void Charge(Lane lane, int units)
    {
        var stream = (int)lane.Stream;
        if (_count > 1) _credit[stream] -= units;
        _first[stream] = lane.After;
    }

    public void Add(Lane lane)
    {
        ref var first = ref _first[(int)lane.Stream];
        _count++;
        if (first is null)
        {
            first = lane.Before = lane.After = lane;
            return;
        }

        (lane.Before, lane.After) = (first.Before, first);
        first.Before!.After = lane;
        first.Before = lane;
    }

    public void Remove(Lane lane)
    {
        ref var first = ref _first[(int)lane.Stream];
        _count--;
        if (lane.After == lane) first = null;
        else
        {
            lane.Before!.After = lane.After;
            lane.After!.Before = lane.Before;
            if (first == lane) first = lane.After;
        }

        (lane.Before, lane.After) = (null, null);
    }

    /// <summary>Any lane; null when there is none.</summary>
    public readonly Lane? Any() => _first[0] ?? _first[1] ?? _first[2];

    internal static int WeightOf(int stream) => stream switch { 0 => 8, 1 => 4, _ => 1 };

    [InlineArray(Streams)]
    private struct Firsts
    {
        private Lane? _lane;
    }

    [InlineArray(Streams)]
    private struct Credits
    {
        private int _credit;
    }
}
