using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Core.Trust;
using Silo.Server.Accounts;
using Silo.Server.Usage;
using Silo.Storage;

namespace Silo.Server.Tenants;

// Decisions about the tenant: status, policy, associations, deletion.
public sealed partial class TenantActor
{
    private const int CancelBatch = 1_000;

    public async ValueTask<StandingReply> SetStatus(SetStatus command, CancellationToken cancellationToken)
    {
        if (!Is(command.TenantId)) return new StandingReply(false, default, 0);
        var now = Now;
        var change = command.Origin == StatusOrigin.CustomerManaged
            ? StandingRules.SetCustomerStatus(_ledger!.Standing, command.Status, command.Cause, now)
            : StandingRules.SetPlatformStatus(_ledger!.Standing, command.Status, command.Cause, now);
        if (!change.Next.MaySend) Gate.Close();
        await Commit([new TenantEvent
        {
            Kind = TenantEventKind.StatusChanged, At = now, Standing = change.Next, Origin = command.Origin, Cause = command.Cause,
            AcceptedFrom = change.Next.MaySend ? now - command.MaxAge : null,
        }], cancellationToken);
        return await Obey(cancellationToken);
    }

    public async ValueTask<StandingReply> SetPolicy(SetPolicy command, CancellationToken cancellationToken)
    {
        if (!Is(command.TenantId)) return new StandingReply(false, default, 0);
        // What its operator says goes before what its tier was about to.
        var trust = _ledger!.Trust is { PolicyIsDue: true } due ? due with { PolicyIsDue = false } : null;
        return await PutPolicyInForce(command, trust, cancellationToken);
    }

    /// <param name="trust">What else is so from then on; null for no change.</param>
    private async ValueTask<StandingReply> PutPolicyInForce(SetPolicy command, TenantTrust? trust, CancellationToken cancellationToken)
    {
        if (command.CustomName is { } custom) return await SetOwnPolicy(custom, trust, cancellationToken);
        var before = _ledger!.Standing.Custom?.Name;
        var reply = await Decide(StandingRules.SetPolicy(_ledger.Standing, command.Policy, Now), cancellationToken, trust);
        if (before is not null) await LeavePolicy(before, cancellationToken);
        return reply;
    }

    public async ValueTask Review(CancellationToken cancellationToken)
    {
        if (_row is null) return;
        var decisions = TenantJudge.Look(_ledger!, services.Thresholds, Now);
        // A look may pause as well as an outcome: windows slide, thresholds change.
        if (!_ledger!.Standing.MaySend) Gate.Close();
        if (decisions.Count > 0) EnqueueApplied(decisions);
        if (IsTrustDue(Now)) await FollowTrust(Now, cancellationToken);
    }

    public async ValueTask<AssociationReply> Associate(string resourceArn, CancellationToken cancellationToken)
    {
        if (_row is null) return AssociationReply.NoSuchTenant;
        if (!ResourceArn.TryParse(resourceArn, out var arn) || arn.Kind is not { } kind || !services.Arns.IsOwn(arn)) return AssociationReply.NoSuchResource;
        var result = await services.Store.Resources.Associate(
            new Association(name, _row.TenantId, resourceArn, kind, arn.Name, Now), services.Options.MaxAssociations, cancellationToken);
        ForgetAssociations();
        return result switch
        {
            AssociationResult.Associated => AssociationReply.Done,
            AssociationResult.AlreadyAssociated => AssociationReply.AlreadyAssociated,
            AssociationResult.NoSuchResource => AssociationReply.NoSuchResource,
            AssociationResult.LimitReached => AssociationReply.LimitReached,
            _ => AssociationReply.NoSuchTenant,
        };
    }

    public async ValueTask<AssociationReply> Dissociate(string resourceArn, CancellationToken cancellationToken)
    {
        if (_row is null) return AssociationReply.NoSuchTenant;
        await services.Store.Resources.Dissociate(name, resourceArn, cancellationToken);
        ForgetAssociations();
        return AssociationReply.Done;
    }

    public async ValueTask<bool> Delete(CancellationToken cancellationToken)
    {
        if (_row is null || name == TenantName.Account) return false;
        // First a pause on disk: a crash half-way leaves a paused tenant, not one that goes on sending what was half cancelled.
        Gate.Close();
        var now = Now;
        var change = StandingRules.SetCustomerStatus(_ledger!.Standing, SendingStatus.Disabled, "Tenant is being deleted.", now);
        await Commit([new TenantEvent
        {
            Kind = TenantEventKind.StatusChanged, At = now, Standing = change.Next, Origin = StatusOrigin.CustomerManaged,
            Cause = "Tenant is being deleted.",
        }], cancellationToken);
        await Gate.WhenNothingBegins(services.Options.PauseGrace, services.Time, cancellationToken);
        await CancelQueue(cancellationToken);
        await Commit([new TenantEvent { Kind = TenantEventKind.Deleted, At = Now, TenantId = _row.TenantId }], cancellationToken);
        // Before the tenant: what it is to be billed for is not lost with it.
        await UsageOfDeleted.Keep(services.Store.Resources, UsageReport(), Now, cancellationToken);
        await services.Store.Tenants.Delete(_row.TenantKey, cancellationToken);
        if (_ledger.Trust.Review is { IsOpen: true } && services.Reviews is { } reviews) await reviews.Follow(name, null, cancellationToken);
        services.Dispatcher().Forget(_row.TenantKey);
        services.Gates.Remove(_row.TenantKey);
        _inHand = 0;
        Adopt(null, clean: true);
        return true;
    }

    private async ValueTask CancelQueue(CancellationToken cancellationToken)
    {
        while (true)
        {
            var units = await Spool.ReadQueue(_row!.TenantKey, default, CancelBatch, includeSetAside: true, cancellationToken);
            if (units.Count == 0) return;
            var now = Now;
            var events = new List<TenantEvent>(units.Count);
            var settlements = new List<UnitSettlement>(units.Count);
            foreach (var unit in units)
            {
                events.Add(new TenantEvent { Kind = TenantEventKind.Cancelled, At = now, Recipient = unit.Recipient });
                settlements.Add(new UnitSettlement(unit.Id, unit.MessageKey, unit.UnitsOfMessage, 0, null));
            }

            await Spool.WhenCommitted(Enqueue(events, settlements: settlements), cancellationToken);
        }
    }

    /// <summary>Makes the gate follow a standing that is on disk.</summary>
    private async ValueTask<StandingReply> Obey(CancellationToken cancellationToken)
    {
        var begun = 0;
        if (_ledger!.Standing.MaySend)
        {
            Gate.Open(Terms);
            services.Dispatcher().Wake(_row!.TenantKey, name);
        }
        else
        {
            begun = await Gate.WhenNothingBegins(services.Options.PauseGrace, services.Time, cancellationToken);
        }

        return new StandingReply(true, _ledger.Standing.Aggregate, begun);
    }

    private bool Is(string? tenantId) => _row is not null && (tenantId is null || tenantId == _row.TenantId);
}
