namespace Silo.LoadTest.Sinks.Accounting;

/// <summary>
/// Whether the messages of a lane began in the order of their numbers, as far as it can be seen from where they arrive: two that begin at
/// the same moment on two connections may be read in either order, so only one that began a good while later counts. Keeps the highest
/// number begun so far as steps over time, a bounded number of them; older steps become coarser, which can hide a fault but not invent one.
/// </summary>
internal sealed class StartOrder
{
    private const int MostSteps = 32;

    private (long At, long Number)[] _steps = new (long, long)[2];
    private int _count;

    /// <summary>Notes a first attempt.</summary>
    /// <param name="at">When it began; in any unit that grows.</param>
    /// <param name="slack">In the same unit, 0 and up.</param>
    /// <returns>A higher number that had begun more than <paramref name="slack"/> before; -1 when there is none.</returns>
    public long Note(long at, long number, long slack)
    {
        var before = _count;
        while (before > 0 && _steps[before - 1].At >= at - slack) before--;
        var overtaken = before > 0 && _steps[before - 1].Number > number ? _steps[before - 1].Number : -1;
        Insert(at, number);
        return overtaken;
    }

    private void Insert(long at, long number)
    {
        var place = _count;
        while (place > 0 && _steps[place - 1].At > at) place--;
        if (place > 0 && _steps[place - 1].Number >= number) return;
        // Later ones with a lower number say nothing any more.
        var end = place;
        while (end < _count && _steps[end].Number <= number) end++;
        if (end > place)
        {
            _steps[place] = (at, number);
            _steps.AsSpan(end, _count - end).CopyTo(_steps.AsSpan(place + 1));
            _count -= end - place - 1;
            return;
        }

        if (_count == _steps.Length) MakeRoom(ref place);
        _steps.AsSpan(place, _count - place).CopyTo(_steps.AsSpan(place + 1));
        _steps[place] = (at, number);
        _count++;
    }

    private void MakeRoom(ref int place)
    {
        if (_count < MostSteps)
        {
            Array.Resize(ref _steps, _steps.Length * 2);
            return;
        }

        // Every second step of the older half: what stays is later and higher, so nothing is taken for begun before it was.
        var half = _count / 2;
        for (var i = 0; i < half / 2; i++) _steps[i] = _steps[2 * i + 1];
        _steps.AsSpan(half, _count - half).CopyTo(_steps.AsSpan(half / 2));
        place = place >= half ? place - half / 2 : place / 2;
        _count -= half / 2;
    }
}
