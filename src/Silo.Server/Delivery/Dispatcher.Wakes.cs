namespace Silo.Server.Delivery;

// What is due by the clock, and when the loop looks at it again.
public sealed partial class Dispatcher
{
    private void CollectDue(DateTimeOffset now)
    {
        _pacing.Parked.Advance(_pacing.Now);
        _due.Clear();
        _wheel.CollectDue(now, _due);
        foreach (var key in _due)
        {
            if (_queues.TryGetValue(key, out var queue)) Touch(queue);
        }
    }

    private void ArmTimer(DateTimeOffset now)
    {
        var next = _wheel.NextDue;
        if (_route.OpensAt is { } opens && opens > now && (next is null || opens < next)) next = opens;
        // Budgets go by a clock of their own.
        if (MayGrant && _route.Allowance(now) > 0 && _pacing.Scheduler.AskAgainAt(_pacing.Now) is { } again && again < DateTimeOffset.MaxValue)
        {
            var at = now + (again - _pacing.Now);
            if (next is null || at < next) next = at;
        }

        if (_pacing.Parked.NextAt(_pacing.Now) is { } rested)
        {
            var tried = now + (rested - _pacing.Now);
            if (next is null || tried < next) next = tried;
        }

        if (_waits.NextDue is { } look && (next is null || look < next)) next = look;
        if (!_draining && _shares.NextIn(_pacing.ReadClocks()) is { } soon && now + soon is var due && (next is null || due < next)) next = due;
        if (next == _armedFor) return;
        _armedFor = next;
        var wait = next is null ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Clamp((next.Value - now).TotalMilliseconds, 1, 3_600_000));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
