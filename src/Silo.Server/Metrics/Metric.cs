using Silo.Core.Metrics;
using Silo.Core.Reputation;

namespace Silo.Server.Metrics;

/// <summary>Something that is counted: the sum of columns of the roll-ups, and what it is a share of.</summary>
/// <param name="Name">As the API names it.</param>
/// <param name="Columns">Of <see cref="RollUpRow"/>.</param>
/// <param name="Whole">Columns that add up to the denominator of its rate; null for what is a share of nothing.</param>
public sealed record Metric(string Name, IReadOnlyList<int> Columns, IReadOnlyList<int>? Whole = null)
{
    private static readonly int[] Arrived = [(int)ReputationFact.Delivered, (int)ReputationFact.HandedOver];

    /// <summary>
    /// Those of SES v2 by its names: messages with one recipient, in the hour of their acceptance, with the rates of SES's dashboard.
    /// </summary>
    public static IReadOnlyList<Metric> OfSes { get; } =
    [
        OfMessages("SEND", MessageMetric.Send), OfMessages("DELIVERY", MessageMetric.Delivery, MessageMetric.Send),
        OfMessages("PERMANENT_BOUNCE", MessageMetric.PermanentBounce, MessageMetric.Send),
        OfMessages("TRANSIENT_BOUNCE", MessageMetric.TransientBounce, MessageMetric.Send),
        OfMessages("COMPLAINT", MessageMetric.Complaint, MessageMetric.DeliveryComplaint),
        OfMessages("OPEN", MessageMetric.Open, MessageMetric.DeliveryOpen), OfMessages("CLICK", MessageMetric.Click, MessageMetric.DeliveryClick),
        OfMessages("DELIVERY_OPEN", MessageMetric.DeliveryOpen), OfMessages("DELIVERY_CLICK", MessageMetric.DeliveryClick),
        OfMessages("DELIVERY_COMPLAINT", MessageMetric.DeliveryComplaint),
    ];

    /// <summary>
    /// Our own: every recipient of every message, in the hour of the hand-over, opens and clicks each time; with the rates that tenants are
    /// judged by (sending rules 5).
    /// </summary>
    public static IReadOnlyList<Metric> OfRecipients { get; } =
    [
        Of("RECIPIENTS", ReputationFact.Sent), Of("DELIVERED", ReputationFact.Delivered), Of("HANDED_OVER", ReputationFact.HandedOver),
        Of("HARD_BOUNCED", ReputationFact.HardBounced, [.. Arrived, (int)ReputationFact.HardBounced]), Of("SOFT_BOUNCED", ReputationFact.SoftBounced),
        Of("BLOCKED", ReputationFact.Blocked, [.. Arrived, (int)ReputationFact.Blocked]), Of("DEFERRED", ReputationFact.Deferred),
        Of("COMPLAINED", ReputationFact.Complained, RollUpRow.FeedbackLoopDelivered),
        new("FEEDBACK_LOOP_DELIVERED", [RollUpRow.FeedbackLoopDelivered]), Of("SUPPRESSED", ReputationFact.Suppressed),
        Of("EXPIRED", ReputationFact.Expired), Of("CANCELLED", ReputationFact.Cancelled), Of("REJECTED", ReputationFact.Rejected),
        Of("OPENED", ReputationFact.Opened), Of("CLICKED", ReputationFact.Clicked), Of("UNSUBSCRIBED", ReputationFact.Unsubscribed, Arrived),
    ];

    public static IReadOnlyList<Metric> All { get; } = [.. OfSes, .. OfRecipients];

    /// <summary>Null for a name that is none.</summary>
    public static Metric? Find(string? name) => All.FirstOrDefault(m => m.Name == name);

    private static Metric OfMessages(string name, MessageMetric metric, MessageMetric? of = null) =>
        new(name, [RollUpRow.ColumnOf(metric)], of is { } whole ? [RollUpRow.ColumnOf(whole)] : null);

    private static Metric Of(string name, ReputationFact fact, params int[] of) => new(name, [(int)fact], of.Length == 0 ? null : of);
}
