using Silo.Core.Delivery;
using Silo.Core.Tenants;

namespace Silo.Core.Suppression;

/// <summary>
/// Which list is checked before a send and gets what bounces, and for which reasons; the other list is not looked at (SES developer guide,
/// tenant-level suppression list).
/// </summary>
public readonly record struct SuppressionSettings(bool OfTenant, bool Bounces, bool Complaints)
{
    private const string TenantScope = "TENANT";
    private const string BounceReason = "BOUNCE";
    private const string ComplaintReason = "COMPLAINT";

    /// <summary>Neither checks nor records.</summary>
    public bool IsOff => !Bounces && !Complaints;

    /// <summary>A configuration set goes before the tenant and that before the account; of a set, scope and reasons each by itself.</summary>
    /// <param name="setScope">TENANT or ACCOUNT; null when the set says nothing.</param>
    /// <param name="setReasons">Null when the set says nothing; empty turns suppression off.</param>
    /// <param name="tenant">Null for one without settings: the account's list and reasons hold.</param>
    /// <param name="isAccount">Mail without a tenant, which has the account's list alone.</param>
    public static SuppressionSettings Resolve(
        string? setScope, IReadOnlyList<string>? setReasons, TenantSuppression? tenant, IReadOnlyList<string> accountReasons, bool isAccount)
    {
        var reasons = setReasons ?? tenant?.Reasons ?? accountReasons;
        return new SuppressionSettings(
            !isAccount && (setScope ?? tenant?.Scope) == TenantScope, reasons.Contains(BounceReason), reasons.Contains(ComplaintReason));
    }

    public bool Covers(SuppressionReason reason) => reason == SuppressionReason.Bounce ? Bounces : Complaints;

    /// <summary>Why a recipient gets nothing; null when it does. A complaint weighs more than a bounce.</summary>
    public SuppressionReason? Find(string recipient, IReadOnlyList<ListedAddress> listed)
    {
        SuppressionReason? found = null;
        foreach (var each in listed)
        {
            if (each.OfTenant != OfTenant || !Covers(each.Reason)) continue;
            if (SuppressionEntry.Fold(each.Address) != SuppressionEntry.Fold(recipient)) continue;
            if (found is null || each.Reason > found) found = each.Reason;
        }

        return found;
    }

    /// <summary>
    /// What a fact puts on a list: hard bounces and complaints. Not what a mailbox simulator answered, nor a bounce that several tenants have
    /// in common, nor a report that mail is no spam, nor what a list of the way out kept back: who is taken off there is to get mail again.
    /// </summary>
    public NewSuppression? EntryFor(TenantEvent fact)
    {
        SuppressionReason? reason = fact switch
        {
            { Simulated: true } or { CommonCause: true } or { Recipient: null } => null,
            { Bounce: BounceSubType.OnAccountSuppressionList or BounceSubType.OnTenantSuppressionList } => null,
            { Kind: TenantEventKind.HardBounced } => SuppressionReason.Bounce,
            { Kind: TenantEventKind.Complained, ComplaintType: not "not-spam" } => SuppressionReason.Complaint,
            _ => null,
        };
        return reason is { } why && Covers(why)
            ? new NewSuppression(OfTenant, new SuppressionEntry(fact.Recipient!, why, fact.At) { MessageId = fact.MessageId })
            : null;
    }
}
