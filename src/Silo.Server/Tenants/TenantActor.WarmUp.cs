using Silo.Core.Tenants;
using Silo.Storage;

namespace Silo.Server.Tenants;

// A warm-up by sending domain, and what of it may overflow to another pool.
public sealed partial class TenantActor
{
    /// <summary>Null while nothing may overflow: without a warm-up that says so, and with an open finding.</summary>
    private string? OverflowPool => _ledger!.Standing.OpenFindings.Count == 0 ? _ledger.WarmUp.WarmUp?.OverflowPool : null;

    private PermitShortage ShortageOfWarmUp =>
        _ledger!.WarmUp.WarmUp is { ByDomain: true } or { OverflowPool: not null } ? PermitShortage.PartOfWarmUp : PermitShortage.WarmUp;

    /// <summary>The domain whose warm-up begins with the mail that is asked for; null when none does.</summary>
    private string? MustBegin(PermitRequest request)
    {
        if (request is not { Wanted: > 0, SendingDomain: { } domain, OverflowPool: null }) return null;
        var warmUp = _ledger!.WarmUp;
        return _ledger.Standing.MaySend && warmUp.KeyOf(domain) is { } key && warmUp.Of(key) is null ? key : null;
    }

    /// <summary>
    /// Stored before any permit of it is given: when its first hour began must be the same in each replay. The mail is asked for again, by
    /// a queue that keeps it apart from that of other domains.
    /// </summary>
    private async ValueTask<Permits> BeginDomain(string key, PermitRequest request, CancellationToken cancellationToken)
    {
        var now = _warmUp.Latest(Now);
        await Commit([new TenantEvent { Kind = TenantEventKind.DomainWarmUpBegan, At = now, SendingDomain = key }], cancellationToken);
        return Permit(request with { Wanted = 0 }, now) with { AskAgainAt = now, Shortage = PermitShortage.Tenant };
    }

    private bool IsOfNow(PermitRequest request) => request.OverflowPool is { } pool
        ? pool == OverflowPool
        : request.SendingDomain is not null == _ledger!.WarmUp.Domains is not null;

    /// <summary>What a warm-up has to know of a unit that a fact is about.</summary>
    private TenantEvent Sent(TenantEvent fact, QueuedUnit unit) => unit.OverflowPool is null && _ledger!.WarmUp.Domains is null
        ? fact
        : fact with
        {
            SendingDomain = _ledger!.WarmUp.Domains is null ? null : unit.SendingDomain, Overflowed = unit.OverflowPool is not null,
        };

    /// <summary>Only where mail leaves changes: it keeps its place, its attempts and its lifetime.</summary>
    private IEnumerable<UnitSettlement> Overflow(SiftBatch batch)
    {
        if (batch.OverflowPool is { } pool && (pool != OverflowPool || !_ledger!.Standing.MaySend)) return [];
        return (batch.Overflowing ?? []).Where(u => u.OverflowPool != batch.OverflowPool).Select(u => new UnitSettlement(
            u.Id, u.MessageKey, u.UnitsOfMessage, ReleaseId: 0, OutcomeRules.Same(u) with { OverflowPool = batch.OverflowPool }));
    }

    /// <summary>The gate and the queue are to know at once which domains have begun, and when nothing may overflow any more.</summary>
    private void FollowWarmUp()
    {
        var terms = Gate.Terms;
        if (ReferenceEquals(terms.WarmUpDomains, _ledger!.WarmUp.Domains) && terms.OverflowPool == OverflowPool) return;
        Gate.Change(terms with { WarmUpDomains = _ledger.WarmUp.Domains, OverflowPool = OverflowPool });
    }
}
