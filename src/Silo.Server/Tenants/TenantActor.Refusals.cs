using Silo.Core.Pacing;
using Silo.Core.Tenants;

namespace Silo.Server.Tenants;

// Why a send is not taken: associations, status, plan quotas.
public sealed partial class TenantActor
{
    public async ValueTask<AdmissionRefusal> Check(SendScope scope, CancellationToken cancellationToken) =>
        await Refusal(scope, cancellationToken) ?? OverQuota(scope.Recipients, Now)
        ?? new AdmissionRefusal(AdmissionResult.Admitted, Arn, []);

    private async ValueTask<AdmissionRefusal?> Refusal(SendScope scope, CancellationToken cancellationToken)
    {
        if (_row is null) return new AdmissionRefusal(AdmissionResult.NoSuchTenant, null, []);
        if (name != TenantName.Account)
        {
            var associations = _associations ?? await LoadAssociations(cancellationToken);
            var missing = scope.ResourceArns.Where(arn => !associations.Contains(arn)).ToArray();
            if (missing.Length > 0) return new AdmissionRefusal(AdmissionResult.NotAssociated, Arn, missing);
        }

        return _ledger!.Standing.MaySend ? null : new AdmissionRefusal(AdmissionResult.Disabled, Arn, []);
    }

    private AdmissionRefusal? OverQuota(int recipients, DateTimeOffset acceptedAt)
    {
        var limits = _ledger!.LimitsInForce;
        return PlanQuota.Check(limits.DailyQuota, limits.MonthlyQuota, _ledger.PlanUse, recipients, acceptedAt) is { } used
            ? new AdmissionRefusal(AdmissionResult.OverQuota, Arn, []) { Quota = used }
            : null;
    }

    private async ValueTask<SortedSet<string>> LoadAssociations(CancellationToken cancellationToken)
    {
        var changes = _associationChanges;
        var page = await services.Store.Resources.ListByTenant(name, null, null, services.Options.MaxAssociations, cancellationToken);
        var associations = new SortedSet<string>(page.Items.Select(a => a.ResourceArn), StringComparer.Ordinal);
        // A send may be looked at between two steps of another call: what changed meanwhile is not among what was read.
        if (changes == _associationChanges) _associations = associations;
        return associations;
    }

    private void ForgetAssociations()
    {
        _associationChanges++;
        _associations = null;
    }
}
