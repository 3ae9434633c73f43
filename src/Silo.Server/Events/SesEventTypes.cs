using System.Collections.Frozen;
using Silo.Core.Delivery;
using Silo.Core.Suppression;
using Silo.Core.Tenants;

namespace Silo.Server.Events;

/// <summary>What a tenant's events are in the words of SES: MatchingEventTypes, eventType, member and detail-type.</summary>
public static class SesEventTypes
{
    private static readonly (string Api, string Record, string Member, string DetailType)[] Names =
    [
        ("SEND", "Send", "send", "Email Sent"),
        ("REJECT", "Reject", "reject", "Email Rejected"),
        ("BOUNCE", "Bounce", "bounce", "Email Bounced"),
        ("COMPLAINT", "Complaint", "complaint", "Email Complaint Received"),
        ("DELIVERY", "Delivery", "delivery", "Email Delivered"),
        ("OPEN", "Open", "open", "Email Opened"),
        ("CLICK", "Click", "click", "Email Clicked"),
        ("RENDERING_FAILURE", "Rendering Failure", "failure", "Email Rendering Failed"),
        ("DELIVERY_DELAY", "DeliveryDelay", "deliveryDelay", "Email Delivery Delayed"),
        ("SUBSCRIPTION", "Subscription", "subscription", "Email Subscribed"),
    ];

    private static readonly FrozenDictionary<string, SesEventType> ByApiName =
        Enum.GetValues<SesEventType>().ToFrozenDictionary(ApiName, StringComparer.Ordinal);

    public static IReadOnlyList<string> ApiNames { get; } = [.. Names.Select(n => n.Api)];

    /// <summary>As MatchingEventTypes has it: "RENDERING_FAILURE".</summary>
    public static string ApiName(this SesEventType type) => Names[(int)type].Api;

    /// <summary>As eventType has it: "Rendering Failure".</summary>
    public static string RecordName(this SesEventType type) => Names[(int)type].Record;

    /// <summary>The member of the record that is named after it: "failure".</summary>
    public static string MemberName(this SesEventType type) => Names[(int)type].Member;

    /// <summary>As EventBridge has it: "Email Rendering Failed".</summary>
    public static string DetailType(this SesEventType type) => Names[(int)type].DetailType;

    /// <summary>Null for a name that is none.</summary>
    public static SesEventType? Parse(string? apiName) =>
        apiName is not null && ByApiName.TryGetValue(apiName, out var type) ? type : null;

    /// <summary>Null for what SES publishes no event of: a hand-over to a relay, an attempt that is put off shortly, an order.</summary>
    public static SesEventType? Of(TenantEvent e) => e.Kind switch
    {
        // Its sender was told of the bounce when the report came.
        _ when e.Repeated => null,
        TenantEventKind.Accepted => SesEventType.Send,
        TenantEventKind.Delivered => SesEventType.Delivery,
        TenantEventKind.Suppressed => e.ListedFor == SuppressionReason.Complaint ? SesEventType.Complaint : SesEventType.Bounce,
        TenantEventKind.HardBounced or TenantEventKind.SoftBounced or TenantEventKind.Blocked or TenantEventKind.Expired => SesEventType.Bounce,
        TenantEventKind.Deferred or TenantEventKind.Waited or TenantEventKind.PossibleDuplicate =>
            e.Delay == DelayType.None ? null : SesEventType.DeliveryDelay,
        TenantEventKind.Rejected => SesEventType.Reject,
        TenantEventKind.RenderingFailed => SesEventType.RenderingFailure,
        TenantEventKind.Complained => SesEventType.Complaint,
        TenantEventKind.Opened => SesEventType.Open,
        TenantEventKind.Clicked => SesEventType.Click,
        TenantEventKind.Unsubscribed or TenantEventKind.PreferencesChanged => SesEventType.Subscription,
        _ => null,
    };

    /// <summary>
    /// About the tenant itself, an identity, or a destination that was given up: told to every default destination, whatever types it asks
    /// for.
    /// </summary>
    public static bool IsOfTenant(TenantEvent e) => e.Kind is TenantEventKind.StatusChanged
        or TenantEventKind.FindingOpened or TenantEventKind.FindingChanged or TenantEventKind.FindingClosed
        or TenantEventKind.IdentityFaultFound or TenantEventKind.IdentityFaultEnded
        || e.Report is { IsOfDestination: true };
}
