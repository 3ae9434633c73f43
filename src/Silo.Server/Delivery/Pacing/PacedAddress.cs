using Silo.Core.Pacing;
using Silo.Server.Egress;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// A source address on this silo, over all routes that leave by it: a budget as a whole, whether it is paused, and whether it can be used.
/// Owned by the dispatcher's loop.
/// </summary>
internal sealed class PacedAddress
{
    // After a rest one hand-over alone shows whether it works again.
    private static readonly BudgetLimits OnTrial = new(InFlight: 1);

    private readonly EgressScheduler _scheduler;
    private string? _failure;
    private DateTimeOffset? _restsUntil;

    public PacedAddress(EgressScheduler scheduler, SourceIp ip, DateTimeOffset now)
    {
        (_scheduler, Ip, Whole) = (scheduler, ip, new Budget(BudgetLimits.None, now));
        Close(now);
    }

    /// <summary>As the plan has it now.</summary>
    public SourceIp Ip { get; private set; }

    public BudgetKey Key => BudgetKey.OfAddress(Ip.Document.Ip);

    /// <summary>What leaves by the address to whatever provider passes this besides the budget towards its provider.</summary>
    public Budget Whole { get; }

    /// <summary>Why nothing leaves from it, as people read it; null while mail does.</summary>
    public string? ClosedFor => Ip.Document.PauseOf(null) is { } pause ? $"paused: {pause.Cause}"
        : _restsUntil is not null ? $"cannot be used: {_failure}" : null;

    public void Follow(SourceIp ip, DateTimeOffset now)
    {
        if (ip == Ip) return;
        // By another way it may be reached now.
        if (ip.Document.Via != Ip.Document.Via) _restsUntil = null;
        Ip = ip;
        Close(now);
    }

    /// <summary>Nothing could leave from it. True when that is news.</summary>
    /// <param name="until">By the time of budgets.</param>
    public bool Failed(string reason, DateTimeOffset until, DateTimeOffset now)
    {
        var isNews = _failure is null;
        (_failure, _restsUntil) = (reason, until);
        _scheduler.SetLimitsOfWhole(Whole, OnTrial, now);
        Close(now);
        return isNews;
    }

    /// <summary>A hand-over got as far as the other side. True when it had failed before.</summary>
    public bool Worked(DateTimeOffset now)
    {
        // What had begun before it failed says nothing.
        if (_failure is null || _restsUntil is not null) return false;
        _failure = null;
        _scheduler.SetLimitsOfWhole(Whole, BudgetLimits.None, now);
        return true;
    }

    /// <summary>Ends a rest whose time has come. True when it did.</summary>
    public bool Refresh(DateTimeOffset now)
    {
        if (!(_restsUntil <= now)) return false;
        _restsUntil = null;
        Close(now);
        return true;
    }

    private void Close(DateTimeOffset now)
    {
        if (ClosedFor is not null) _scheduler.Close(Whole);
        else if (Whole.IsClosed) _scheduler.OpenWhole(Whole, now);
    }
}
