using Silo.Core.Reputation;
using Silo.Core.Suspension;

namespace Silo.Core.Tenants;

/// <summary>What a policy or history did to a tenant's mail.</summary>
public enum ReplayedAction
{
    Pause,
    Throttle,
    ParkProvider,
}

/// <param name="Cause">In the words of the finding.</param>
public sealed record ReplayedStep(DateTimeOffset At, ReplayedAction Action, string Cause);

/// <summary>One tenant under the policy, and as it was.</summary>
/// <param name="Would">What the policy would have done, the first <see cref="PolicyReplay.MaxSteps"/>.</param>
/// <param name="Did">What was done in the period.</param>
/// <param name="LeftWhilePaused">Recipients that mail left for while the policy would have had the tenant paused.</param>
public sealed record TenantReplay(
    long TenantKey, IReadOnlyList<ReplayedStep> Would, IReadOnlyList<ReplayedStep> Did, long LeftWhilePaused);

/// <summary>
/// Judges a stream of stored events by another policy, as if it had been in force since the beginning of a period: what it would have done, and
/// what was done. Pure: the same events give the same answer, byte for byte.
/// </summary>
/// <remarks>
/// Facts are taken as they happened: mail that a pause would have kept back still counts, since nobody knows what would have become of it
/// later. Who resumed the tenant then is taken to resume it here as well. Events before the period fill the counters, and what was
/// reinstated then, or from a pause of then, is not held against the tenant.
/// </remarks>
public sealed class PolicyReplay(
    ReputationPolicy policy, CustomPolicy? custom, ReputationThresholds platform, DateTimeOffset from, DateTimeOffset to)
{
    /// <summary>Tenants that are followed; of further ones nothing is told.</summary>
    public const int MaxTenants = 2_000;

    /// <summary>Steps of one tenant that are told, of each kind of list.</summary>
    public const int MaxSteps = 20;

    /// <summary>So long before a period its counters begin to fill: the longest window of the counters.</summary>
    public static readonly TimeSpan Lead = TimeSpan.FromDays(8);

    /// <summary>As <see cref="Lead"/>, where volume does something: the longest that is looked back on.</summary>
    public static readonly TimeSpan VolumeLead = TimeSpan.FromDays(VolumeHistory.Days + 1);

    private readonly Dictionary<long, Followed> _tenants = [];

    /// <summary>There were more than <see cref="MaxTenants"/>.</summary>
    public bool LeftTenantsOut { get; private set; }

    public int Tenants => _tenants.Count;

    /// <summary>What a policy needs; null for one of SES's. A finding about volume that is only told is no step.</summary>
    public static TimeSpan LeadOf(CustomPolicy? custom) =>
        custom is null || Enum.GetValues<FindingImpact>().All(i => custom.ActionFor(FindingType.Volume, i).Kind == PolicyActionKind.Notify)
            ? Lead
            : VolumeLead;

    /// <summary>To be given every event of the tenants, in their order; those after the period do nothing.</summary>
    public void Apply(long tenantKey, TenantEvent e)
    {
        if (e.At >= to) return;
        if (!_tenants.TryGetValue(tenantKey, out var tenant))
        {
            if (_tenants.Count == MaxTenants)
            {
                LeftTenantsOut = true;
                return;
            }

            _tenants.Add(tenantKey, tenant = new Followed(Begin(e.At)));
        }

        if (IsFact(e.Kind)) tenant.Judge(e, platform, from);
        else if (e.Standing is { } standing) tenant.Decided(e, standing, from);
    }

    /// <summary>Tenants that the policy would have stopped or slowed, or that were, by their key.</summary>
    public IReadOnlyList<TenantReplay> Result() =>
    [
        .. _tenants.Where(t => t.Value.Would.Count + t.Value.Did.Count > 0).OrderBy(t => t.Key)
            .Select(t => new TenantReplay(t.Key, t.Value.Would, t.Value.Did, t.Value.LeftWhilePaused)),
    ];

    /// <summary>State and counters of a tenant as the policy would have them now; null for one that was not followed.</summary>
    public (byte[] State, byte[] Counters)? Snapshot(long tenantKey) =>
        _tenants.TryGetValue(tenantKey, out var tenant) ? (tenant.Ledger.WriteState(), tenant.Ledger.WriteCounters()) : null;

    private TenantLedger Begin(DateTimeOffset at)
    {
        var ledger = TenantLedger.New(at, null);
        ledger.Append(new TenantEvent
        {
            Kind = TenantEventKind.PolicyChanged, At = at, Standing = ledger.Standing with { Policy = policy, Custom = custom },
        });
        return ledger;
    }

    private static bool IsFact(TenantEventKind kind) => kind >= TenantEventKind.Accepted;

    private sealed class Followed(TenantLedger ledger)
    {
        private StandingEffects _would = StandingEffects.None;
        private StandingEffects _did = StandingEffects.None;
        private bool _wasPaused;
        private bool _pausedBefore;

        public TenantLedger Ledger => ledger;

        public List<ReplayedStep> Would { get; } = [];

        public List<ReplayedStep> Did { get; } = [];

        public long LeftWhilePaused { get; private set; }

        public void Judge(TenantEvent fact, ReputationThresholds platform, DateTimeOffset from)
        {
            if (fact.At < from)
            {
                ledger.Append(fact);
                return;
            }

            var paused = !ledger.Standing.MaySend;
            if (paused && fact.SentAt is not null && fact.Previous is null && fact.Attempts > 0) LeftWhilePaused += fact.Units;
            var decided = ledger.Standing.OpenFindings.Count == 0 ? [] : TenantJudge.Look(ledger, platform, fact.At);
            foreach (var e in decided.Concat(TenantJudge.Follow(ledger, [fact], platform)))
                if (e.Kind == TenantEventKind.StatusChanged && !paused && !ledger.Standing.MaySend)
                    Add(Would, new ReplayedStep(e.At, ReplayedAction.Pause, e.Cause!));
            _would = Tell(Would, _would, ledger.Standing, fact.At);
        }

        public void Decided(TenantEvent e, TenantStanding standing, DateTimeOffset from)
        {
            var isPaused = standing is { IsPausedByFindings: true, Customer.Status: SendingStatus.Disabled };
            if (e.At < from)
            {
                _did = StandingEffects.Of(standing);
                _pausedBefore = isPaused;
                TakeReinstatement(e.At, standing);
            }
            else
            {
                if (isPaused && !_wasPaused) Add(Did, new ReplayedStep(e.At, ReplayedAction.Pause, standing.Customer.Cause ?? ""));
                _did = Tell(Did, _did, standing, e.At);
                if (_wasPaused && !isPaused && standing.MaySend && !ledger.Standing.MaySend) Resume(e.At);
                else if (_pausedBefore && !isPaused) TakeReinstatement(e.At, standing);
                _pausedBefore &= isPaused;
            }

            _wasPaused = isPaused;
        }

        // Of a pause that is not the policy's own, since it was not in force yet: what was forgiven then counts as little here.
        private void TakeReinstatement(DateTimeOffset at, TenantStanding standing)
        {
            if (standing.ReinstatedAt is not { } reinstatedAt || ledger.Standing.ReinstatedAt >= reinstatedAt) return;
            ledger.Append(new TenantEvent
            {
                Kind = TenantEventKind.StatusChanged, At = at, Standing = ledger.Standing with { ReinstatedAt = reinstatedAt },
            });
        }

        private void Resume(DateTimeOffset at)
        {
            var change = StandingRules.SetCustomerStatus(ledger.Standing, SendingStatus.Enabled, StandingRules.ManualCause, at);
            ledger.Append(new TenantEvent { Kind = TenantEventKind.StatusChanged, At = at, Standing = change.Next });
        }

        private static StandingEffects Tell(List<ReplayedStep> steps, StandingEffects before, TenantStanding standing, DateTimeOffset at)
        {
            var now = StandingEffects.Of(standing);
            if (now.RateFactor < before.RateFactor) Add(steps, new ReplayedStep(at, ReplayedAction.Throttle, CauseOf(PolicyActionKind.Throttle)));
            foreach (var provider in now.ParkedProviders.Except(before.ParkedProviders))
                Add(steps, new ReplayedStep(at, ReplayedAction.ParkProvider, $"{provider}: {CauseOf(PolicyActionKind.ParkProvider)}"));
            return now;

            string CauseOf(PolicyActionKind kind) =>
                standing.OpenFindings.FirstOrDefault(f => StandingEffects.ActionFor(standing, f).Kind == kind)?.Description ?? "";
        }

        private static void Add(List<ReplayedStep> steps, ReplayedStep step)
        {
            if (steps.Count < MaxSteps) steps.Add(step);
        }
    }
}
