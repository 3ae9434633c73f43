using Silo.Core.Ownership;

namespace Silo.Core.Pacing;

/// <summary>
/// The clock that a silo paces by: it begins at the wall's time, never steps, and runs no faster than the slower of the machine's two
/// clocks, so that no jump of one of them earns tokens. Quotas and warm-ups that follow the wall may lag by what was lost.
/// </summary>
public sealed class PacingClock(LeaseInstant start)
{
    private LeaseInstant _last = start;
    private DateTimeOffset _now = start.Wall;

    public DateTimeOffset Read(LeaseInstant now)
    {
        var passed = now.AtLeastSince(_last);
        _last = now;
        if (passed > TimeSpan.Zero) _now += passed;
        return _now;
    }
}
