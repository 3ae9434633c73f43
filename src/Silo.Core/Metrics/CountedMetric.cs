using Silo.Core.Addresses;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Reputation;
using Silo.Core.Tenants;

namespace Silo.Core.Metrics;

/// <summary>What an event of a tenant adds to metrics of SES, and takes out of them.</summary>
/// <param name="Hour">In which its message was accepted, as <see cref="RollUpKey.Hour"/>.</param>
/// <param name="Added">Besides deliveries.</param>
/// <param name="Deliveries">1, 0, or -1 for a bounce of what had counted as delivered.</param>
/// <param name="Traits">Of its message.</param>
internal readonly record struct CountedMetric(
    int Hour, string Provider, MessageMetric? Added, int Deliveries, MailTraits Traits, bool FeedbackLoop)
{
    /// <summary>Null for what is in no metric: mail to several recipients or to a simulator, decisions, attempts.</summary>
    public static CountedMetric? Of(TenantEvent e)
    {
        if (e.Simulated) return null;
        var (added, deliveries) = e.Repeated ? default : ChangeOf(e);
        // An earlier event took back a delivery that had not counted.
        if (e.Restores is not null) deliveries++;
        if (added is null && deliveries == 0) return null;
        var traits = MessageIdFormat.TraitsOf(e.MessageId);
        if ((traits & MailTraits.Counted) == 0 || !MessageIdFormat.TryGetAcceptedAt(e.MessageId, out var acceptedAt)) return null;
        var provider = e.Recipient is { } to ? MailboxProvider.NameOf(to, e.Provider) : e.Provider ?? "";
        return new CountedMetric(RollUpKey.HourOf(acceptedAt), provider, added, deliveries, traits, e.FeedbackLoop);
    }

    public void AddTo(int[] counts)
    {
        if (Added is { } metric) counts[RollUpRow.ColumnOf(metric)]++;
        if (Deliveries == 0) return;
        counts[RollUpRow.ColumnOf(MessageMetric.Delivery)] += Deliveries;
        if ((Traits & MailTraits.OpensTracked) != 0) counts[RollUpRow.ColumnOf(MessageMetric.DeliveryOpen)] += Deliveries;
        if ((Traits & MailTraits.ClicksTracked) != 0) counts[RollUpRow.ColumnOf(MessageMetric.DeliveryClick)] += Deliveries;
        if (FeedbackLoop) counts[RollUpRow.ColumnOf(MessageMetric.DeliveryComplaint)] += Deliveries;
    }

    private static (MessageMetric? Added, int Deliveries) ChangeOf(TenantEvent e) => e.Kind switch
    {
        TenantEventKind.Accepted => (MessageMetric.Send, 0),
        // What was handed over counts as delivered already; of a unit in doubt its own end will count.
        TenantEventKind.HandedOver or TenantEventKind.Delivered => (null, e.Previous is null && !e.InDoubt ? 1 : 0),
        TenantEventKind.HardBounced => (IsByList(e) ? null : MessageMetric.PermanentBounce, TakenBack(e)),
        TenantEventKind.SoftBounced or TenantEventKind.Blocked or TenantEventKind.Expired => (MessageMetric.TransientBounce, TakenBack(e)),
        TenantEventKind.Complained => (MessageMetric.Complaint, 0),
        TenantEventKind.Opened => (e.IsFirst ? MessageMetric.Open : null, 0),
        TenantEventKind.Clicked => (e.IsFirst ? MessageMetric.Click : null, 0),
        _ => (null, 0),
    };

    private static int TakenBack(TenantEvent e) => e.Previous is null ? 0 : -1;

    private static bool IsByList(TenantEvent e) =>
        e.Bounce is BounceSubType.OnAccountSuppressionList or BounceSubType.OnTenantSuppressionList;
}
