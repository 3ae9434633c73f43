namespace Silo.Server.Tracking;

/// <summary>
/// Counts how often something came lately, so that a flood of it loads nobody. Bounded: when too much is remembered, what is new is not
/// let through. Safe for several threads.
/// </summary>
/// <param name="window">What came longer ago than twice this is forgotten, what came within it is not.</param>
/// <param name="most">How often one thing is let through within it.</param>
/// <param name="capacity">How many things are remembered in one window.</param>
internal sealed class Recently(TimeSpan window, int most, int capacity)
{
    private readonly Lock _lock = new();
    private Dictionary<UInt128, int> _now = [];
    private Dictionary<UInt128, int> _before = [];
    private DateTimeOffset _since = DateTimeOffset.MinValue;

    /// <summary>Counts it, and says whether it is let through.</summary>
    public bool Allows(UInt128 what, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (now - _since >= window || now < _since)
            {
                (_before, _now) = (now - _since < window * 2 && now >= _since ? _now : [], []);
                _since = now;
            }

            var count = _now.GetValueOrDefault(what);
            if (count + _before.GetValueOrDefault(what) >= most) return false;
            if (count == 0 && _now.Count >= capacity) return false;
            _now[what] = count + 1;
            return true;
        }
    }
}
