namespace Silo.Core.Pacing;

internal struct TurnList
{
    private Turn? _last;

    public Turn? First { get; private set; }

    public void AddLast(Turn turn)
    {
        (turn.Before, turn.After) = (_last, null);
        if (_last is null) First = turn;
        else _last.After = turn;
        _last = turn;
    }

    public void Remove(Turn turn)
    {
        if (turn.Before is null) First = turn.After;
        else turn.Before.After = turn.After;
        if (turn.After is null) _last = turn.Before;
        else turn.After.Before = turn.Before;
        (turn.Before, turn.After) = (null, null);
    }
}
