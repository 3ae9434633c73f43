namespace Silo.Server.Delivery;

// When the loop looks again if nothing happens before.
public sealed partial class Dispatcher
{
    private void ArmTimer(DateTimeOffset now)
    {
        var next = _wheel.NextDue;
        if (_route.OpensAt is { } opens && opens > now && (next is null || opens < next)) next = opens;
        // Budgets go by a clock of their own.
        if (!_draining && _route.Allowance(now) > 0 && _pacing.Scheduler.AskAgainAt(_pacing.Now) is { } again && again < DateTimeOffset.MaxValue)
        {
            var at = now + (again - _pacing.Now);
            if (next is null || at < next) next = at;
        }

        if (!_draining && _shares.NextIn(_pacing.ReadClocks()) is { } soon && now + soon is var due && (next is null || due < next)) next = due;
        if (next == _armedFor) return;
        _armedFor = next;
        var wait = next is null ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Clamp((next.Value - now).TotalMilliseconds, 1, 3_600_000));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
