using Silo.Core.Messages;
using Silo.Core.Suppression;
using Silo.Core.Tenants;
using Silo.Server.Events;
using Silo.Server.Insights;

namespace Silo.Server.SesApi.Operations.Insights;

internal static class GetMessageInsights
{
    private const string Name = "GetMessageInsights";

    public static SesOperation Operation { get; } = SesOperation.Of(Name, "GET", "/v2/email/insights/{MessageId}", Handle) with
    {
        MostAtOnce = 8,
        Deviation = "Every message of the last 30 days (`Silo:Insights:RetentionDays`) is there, not a sample; a call by an access key of a "
            + "tenant finds that tenant's alone.",
    };

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var tenantName = call.TenantOr(call.QueryValue("TenantName", checks));
        if (checks.Error is { } refused) return refused;
        return await call.Services.Histories.Find(call.Labels[0], tenantName, cancellationToken) is { } history
            ? SesAnswer.Json(ToWire(history), InsightJson.Default.GetMessageInsightsResponse)
            : NotFound(call.Labels[0]);
    }

    /// <summary>The same for what is not there, is another's, and was too long ago.</summary>
    public static SesError NotFound(string messageId) => SesError.NotFound($"Message <{MemberChecks.Shown(messageId)}> is not known.");

    /// <summary>Null for an event that SES has none for.</summary>
    public static InsightsEventShape? ToWire(TenantEvent e)
    {
        if (SesEventTypes.Of(e) is not { } type) return null;
        return new InsightsEventShape(EpochSeconds.From(e.At), type.ApiName(), type switch
        {
            SesEventType.Bounce => new EventDetailsShape(BounceOf(e), null),
            SesEventType.Complaint => new EventDetailsShape(null, new InsightComplaintShape(
                e.ListedFor == SuppressionReason.Complaint ? SubTypeOf(e) : null, e.ComplaintType)),
            _ => null,
        });
    }

    private static InsightBounceShape BounceOf(TenantEvent e) =>
        new(InsightDigest.IsPermanent(e) ? "PERMANENT" : "TRANSIENT", SubTypeOf(e), SesRecord.DiagnosticCode(e.Diagnostic));

    private static string SubTypeOf(TenantEvent e) =>
        (e.Bounce == Core.Delivery.BounceSubType.None ? Core.Delivery.BounceSubType.General : e.Bounce).ToString();

    private static GetMessageInsightsResponse ToWire(MessageHistory history) => new(
        history.MessageId, history.From, history.Subject, history.Tags,
        [.. history.Deliveries.Select(d => new EmailInsightsShape(
            d.Row.Recipient, d.Row.Provider, [.. d.Events.Select(ToWire).OfType<InsightsEventShape>()]))]);
}

/// <param name="Subject">Absent for a message without one.</param>
internal sealed record GetMessageInsightsResponse(
    string MessageId, string FromEmailAddress, string? Subject, IReadOnlyList<MessageTag> EmailTags, IReadOnlyList<EmailInsightsShape> Insights);

internal sealed record EmailInsightsShape(string Destination, string Isp, IReadOnlyList<InsightsEventShape> Events);

internal sealed record InsightsEventShape(decimal Timestamp, string Type, EventDetailsShape? Details);

internal sealed record EventDetailsShape(InsightBounceShape? Bounce, InsightComplaintShape? Complaint);

internal sealed record InsightBounceShape(string BounceType, string BounceSubType, string? DiagnosticCode);

internal sealed record InsightComplaintShape(string? ComplaintSubType, string? ComplaintFeedbackType);
