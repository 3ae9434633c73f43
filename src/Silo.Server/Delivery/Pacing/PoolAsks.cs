using Silo.Core.Ownership;

namespace Silo.Server.Delivery.Pacing;

/// <summary>When the owner of shared limits is asked, and what about. Owned by the dispatcher's loop.</summary>
internal sealed class PoolAsks(string key)
{
    // A third of a share's term; with mail more often, so that another silo's mail need not wait for what this one is to give up.
    private static readonly TimeSpan Usually = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WithMail = TimeSpan.FromSeconds(0.5);

    // Mail waits: at once, but no more than a few times a second.
    private static readonly TimeSpan Urgently = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan UrgentlyAlone = TimeSpan.FromSeconds(0.01);

    // The call before may be on its way to a silo that is dead.
    private static readonly TimeSpan Unanswered = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(1);

    // By then the owner sees a plan that this silo has seen already.
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1.2);

    private TimeSpan? _askedAt;
    private TimeSpan? _notBefore;
    private TimeSpan? _once;
    private TimeSpan? _onceMore;

    public string Key => key;

    public List<LeasedBudget> Budgets { get; } = [];

    /// <summary>Calls whose answer has not come.</summary>
    public int UnderWay { get; set; }

    public bool IsFailing { get; set; }

    /// <summary>It was told what is not used, at the end.</summary>
    public bool GaveBack { get; set; }

    /// <summary>When it is to be asked next, in the past for now; null while there is nothing to ask.</summary>
    public TimeSpan? NextAt(bool isAlone)
    {
        if (Budgets.Count == 0) return null;
        var next = _once;
        if (_onceMore < (next ?? TimeSpan.MaxValue)) next = _onceMore;
        var after = Interval(isAlone);
        if (after < TimeSpan.MaxValue && (_askedAt is null || _askedAt + after < (next ?? TimeSpan.MaxValue)))
            next = _askedAt is { } asked ? asked + after : TimeSpan.MinValue;
        return next is not null && _notBefore > next ? _notBefore : next;
    }

    private TimeSpan Interval(bool isAlone)
    {
        var isUrgent = Budgets.Exists(b => b.IsUrgent);
        if (isUrgent || Budgets.Exists(b => b.HasDemand))
        {
            if (UnderWay > 0) return Unanswered;
            if (isUrgent) return isAlone ? UrgentlyAlone : Urgently;
            return isAlone ? Usually : WithMail;
        }

        return Budgets.Exists(b => isAlone ? b.HasNews : b.IsOpen) ? Usually : TimeSpan.MaxValue;
    }

    /// <returns>How long ago it was asked before.</returns>
    public TimeSpan Asked(LeaseInstant clocks)
    {
        var passed = clocks.Monotonic - (_askedAt ?? clocks.Monotonic);
        (_askedAt, _notBefore) = (clocks.Monotonic, null);
        if (_once <= clocks.Monotonic) _once = null;
        if (_onceMore <= clocks.Monotonic) _onceMore = null;
        return passed;
    }

    /// <summary>Its limits have changed: at once, and when its owner surely knows it.</summary>
    public void AskTwice(LeaseInstant clocks) => (_once, _onceMore) = (clocks.Monotonic, clocks.Monotonic + AskAgainAfter);

    /// <summary>It is to be told what this silo has now.</summary>
    public void Confirm() => _once = _askedAt;

    public void WaitFor(TimeSpan time) => _notBefore = _askedAt + (time < MostWait ? time : MostWait);

    public void Failed() => _notBefore = _askedAt + AfterFailure;
}
