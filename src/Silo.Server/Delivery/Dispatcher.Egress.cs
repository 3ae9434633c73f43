using Silo.Server.Delivery.Pacing;
using Silo.Server.Egress;

namespace Silo.Server.Delivery;

// Pools and their addresses: the plan of them, and what becomes known of an address.
public sealed partial class Dispatcher
{
    /// <summary>
    /// Pools and addresses as they are from now on; also to be told each second when nothing changed, as throttles and rests end by time.
    /// </summary>
    public void Follow(EgressPlan plan)
    {
        Followed = plan;
        Post(new Planned(plan));
    }

    /// <summary>What it was told last of pools and addresses; null before the first time.</summary>
    public EgressPlan? Followed { get; private set => Volatile.Write(ref field, value); }

    /// <summary>The budgets that mail of a pool passes on this silo, the pool's own first; none while nothing was to pass them.</summary>
    internal Task<IReadOnlyList<BudgetReport>> ReportPool(string pool, CancellationToken cancellationToken) =>
        AskLoop(() => _pacing.ReportOfPool(pool), cancellationToken);

    /// <summary>The budgets of a source address on this silo, as a whole first; none when it is not used here.</summary>
    internal Task<IReadOnlyList<BudgetReport>> ReportAddress(string ip, CancellationToken cancellationToken) =>
        AskLoop(() => _pacing.ReportOfAddress(ip), cancellationToken);

    private void Follow(EgressPlan? last, EgressPlan plan)
    {
        if (last != plan)
        {
            _plan = plan;
            _pacing.Apply(plan);
            // After that nothing more is granted by what is gone.
            _runner.Transport.Follow(plan);
            // The pool may be gone, and its lanes have the way of mail that names none; or it is here only now.
            foreach (var queue in _queues.Values.Where(q => q.Overflows || _runner.TermsOf(q.Key).OverflowPool is not null)) Touch(queue);
        }

        _pacing.Refresh();
    }

    private void LearnAddress(PacedAddress address, SourceNews news)
    {
        if (news.Failure is not { } failure)
        {
            if (address.Worked(_pacing.Now)) LogAddressWorks(address.Key.Name);
            return;
        }

        // Budgets go by a clock of their own.
        var rest = news.RestsUntil - _time.GetUtcNow();
        if (_pacing.Failed(address, failure, _pacing.Now + rest)) LogAddressFailed(address.Key.Name, news.RestsUntil, failure);
    }
}
