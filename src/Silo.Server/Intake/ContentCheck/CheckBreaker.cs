namespace Silo.Server.Intake.ContentCheck;

/// <summary>
/// Leaves a checker alone that failed several times in a row, so that a dead one costs no send its timeout. After a rest one call tries it;
/// the others pass it by until that one has succeeded. Safe for several threads.
/// </summary>
internal sealed class CheckBreaker(int restAfter, TimeSpan restTime, TimeProvider time)
{
    private readonly Lock _lock = new();
    private int _failures;
    private long _restsSince;
    private bool _isTrying;

    /// <summary>What a call may do, and whether it is the one that tries.</summary>
    public enum Leave
    {
        None,
        Call,
        Try,
    }

    public bool IsResting
    {
        get
        {
            lock (_lock) return _failures >= restAfter;
        }
    }

    /// <summary>A call that was given leave ends with one of the others.</summary>
    public Leave Begin()
    {
        lock (_lock)
        {
            if (_failures < restAfter) return Leave.Call;
            if (_isTrying || time.GetElapsedTime(_restsSince) < restTime) return Leave.None;
            _isTrying = true;
            return Leave.Try;
        }
    }

    /// <summary>True when a rest ends with it.</summary>
    public bool Succeeded(Leave leave)
    {
        lock (_lock)
        {
            // One that began before the rest says nothing of the time since.
            if (leave != Leave.Try && _failures >= restAfter) return false;
            var ends = _failures >= restAfter;
            (_failures, _isTrying) = (0, false);
            return ends;
        }
    }

    /// <summary>True when a rest begins with it, which is not when one goes on.</summary>
    public bool Failed(Leave leave)
    {
        lock (_lock)
        {
            if (leave == Leave.Try) (_isTrying, _restsSince) = (false, time.GetTimestamp());
            if (_failures >= restAfter || ++_failures < restAfter) return false;
            _restsSince = time.GetTimestamp();
            return true;
        }
    }

    /// <summary>Nobody waits for it any more, so nothing is known.</summary>
    public void GaveUp(Leave leave)
    {
        lock (_lock) _isTrying &= leave != Leave.Try;
    }
}
