using Silo.Core.Reputation;

namespace Silo.Core.Suspension;

/// <summary>
/// The state machine of the sending status (SES developer guide, tenants). A policy acts on the owner's record, since the owner can
/// lift its pause; the platform's record is the operator's alone.
/// </summary>
public static class StandingRules
{
    /// <summary>The cause that SES writes when an owner sets the status.</summary>
    public const string ManualCause = "Status manually updated.";

    internal const string ResolvedCause = "All findings are resolved.";

    private static readonly TimeSpan IdleReinstatement = TimeSpan.FromHours(1);

    /// <summary>
    /// The owner's request. ENABLED becomes REINSTATED when the tenant was paused and findings are open, or when it is REINSTATED
    /// and they still are. The status that it has already changes nothing.
    /// </summary>
    /// <param name="cause">1 to 512 characters.</param>
    /// <exception cref="ArgumentException">The cause is empty or longer.</exception>
    public static StandingChange SetCustomerStatus(TenantStanding standing, SendingStatus status, string cause, DateTimeOffset now)
    {
        Check(cause);
        var current = standing.Customer.Status;
        if (status == SendingStatus.Enabled && current != SendingStatus.Enabled && standing.OpenFindings.Count > 0)
            status = SendingStatus.Reinstated;
        if (status == current) return Unchanged(standing);

        var next = standing with { Customer = new StatusRecord(status, cause, now) };
        if (status == SendingStatus.Disabled || !standing.IsPausedByFindings) return Changed(standing, next, null);
        return Changed(standing, next with { IsPausedByFindings = false, ReinstatedAt = now }, now);
    }

    /// <summary>The operator's decision, which the owner cannot override. The status that it has already changes nothing.</summary>
    /// <param name="cause">1 to 512 characters.</param>
    /// <exception cref="ArgumentException">The cause is empty or longer.</exception>
    public static StandingChange SetPlatformStatus(TenantStanding standing, SendingStatus status, string cause, DateTimeOffset now)
    {
        Check(cause);
        if (status == standing.Platform.Status) return Unchanged(standing);
        var next = standing with { Platform = new StatusRecord(status, cause, now) };
        return status == SendingStatus.Reinstated
            ? Changed(standing, next with { ReinstatedAt = now }, now)
            : Changed(standing, next, null);
    }

    /// <summary>
    /// A stricter policy acts at once on open findings, other than those that a reinstatement set aside; a milder one lifts no pause.
    /// SES does not say what it does here.
    /// </summary>
    public static StandingChange SetPolicy(TenantStanding standing, ReputationPolicy policy, DateTimeOffset now) =>
        SetPolicy(standing, policy, null, now);

    /// <summary>The same for a policy of the platform's own, also when it is another revision of the one that holds.</summary>
    public static StandingChange SetPolicy(TenantStanding standing, CustomPolicy policy, DateTimeOffset now) =>
        SetPolicy(standing, ReputationPolicy.Standard, policy, now);

    private static StandingChange SetPolicy(TenantStanding standing, ReputationPolicy policy, CustomPolicy? custom, DateTimeOffset now)
    {
        if (policy == standing.Policy && custom?.Name == standing.Custom?.Name && custom?.Revision == standing.Custom?.Revision)
            return Unchanged(standing);
        var next = standing with { Policy = policy, Custom = custom };
        var counted = standing.OpenFindings.Where(finding => !StandingEffects.IsSetAside(standing, finding));
        return Changed(standing, Paused(next, counted, now), null);
    }

    /// <summary>
    /// Takes over what <see cref="ReputationRules.Evaluate"/> found (or who watches blocklists). A finding that opened or was raised
    /// pauses if the policy says so; those that were open before a reinstatement do not. When the last one closes, REINSTATED ends.
    /// </summary>
    public static StandingChange ApplyFindings(TenantStanding standing, FindingChanges changes, DateTimeOffset now)
    {
        if (changes.IsEmpty) return Unchanged(standing);
        var next = standing with { OpenFindings = changes.Apply(standing.OpenFindings) };
        next = Paused(next, changes.Opened.Concat(changes.Raised), now);
        if (changes.Closed.Count == 0 || next.OpenFindings.Count > 0) return Changed(standing, next, null);
        return Changed(standing, Resolved(next, DateTimeOffset.MaxValue, now), null);
    }

    /// <summary>
    /// A record that was set to REINSTATED although nothing was open has nothing to wait for: it ends an hour later, so that whoever set it
    /// finds it as they set it.
    /// </summary>
    public static StandingChange EndReinstatement(TenantStanding standing, DateTimeOffset now) =>
        standing.OpenFindings.Count > 0 ? Unchanged(standing) : Changed(standing, Resolved(standing, now - IdleReinstatement, now), null);

    private static TenantStanding Resolved(TenantStanding standing, DateTimeOffset setUntil, DateTimeOffset now)
    {
        var resolved = new StatusRecord(SendingStatus.Enabled, ResolvedCause, now);
        if (Ends(standing.Customer)) standing = standing with { Customer = resolved };
        return Ends(standing.Platform) ? standing with { Platform = resolved } : standing;

        bool Ends(StatusRecord record) => record.Status == SendingStatus.Reinstated && record.UpdatedAt <= setUntil;
    }

    private static TenantStanding Paused(TenantStanding standing, IEnumerable<Finding> findings, DateTimeOffset now)
    {
        var finding = Pausing(standing, findings);
        if (finding is null) return standing;
        var paused = standing with { IsPausedByFindings = true };
        if (standing.Customer.Status == SendingStatus.Disabled) return paused;
        var cause = finding.Description.Length <= StatusRecord.MaxCauseLength
            ? finding.Description
            : finding.Description[..StatusRecord.MaxCauseLength];
        return paused with { Customer = new StatusRecord(SendingStatus.Disabled, cause, now) };
    }

    /// <summary>The gravest of the findings for which the policy pauses; null when it does for none.</summary>
    internal static Finding? Pausing(TenantStanding standing, IEnumerable<Finding> findings) =>
        findings.Where(finding => Pauses(standing, finding)).MaxBy(finding => finding.Impact);

    private static bool Pauses(TenantStanding standing, Finding finding) =>
        StandingEffects.ActionFor(standing, finding).Kind == PolicyActionKind.Pause;

    private static StandingChange Unchanged(TenantStanding standing) => new(standing, []);

    private static StandingChange Changed(TenantStanding old, TenantStanding next, DateTimeOffset? countFrom)
    {
        var transitions = new List<StandingTransition>(2);
        var between = old with { Customer = next.Customer };
        if (old.Customer.Status != next.Customer.Status)
            transitions.Add(new(StatusOrigin.CustomerManaged, next.Customer, old.Aggregate, between.Aggregate));
        if (old.Platform.Status != next.Platform.Status)
            transitions.Add(new(StatusOrigin.PlatformManaged, next.Platform, between.Aggregate, next.Aggregate));
        return new StandingChange(next, transitions, countFrom);
    }

    private static void Check(string cause)
    {
        ArgumentException.ThrowIfNullOrEmpty(cause);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cause.Length, StatusRecord.MaxCauseLength, nameof(cause));
    }
}
