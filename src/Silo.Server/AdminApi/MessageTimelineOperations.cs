using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Events;
using Silo.Server.Insights;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Insights;
using Silo.Storage.Insights;

namespace Silo.Server.AdminApi;

/// <summary>All that is known of one message: each delivery's events with what the other side said, and why what is queued waits.</summary>
internal static class MessageTimelineOperations
{
    public static SesOperation Get { get; } = SesOperation.Of(
        "GetMessageTimeline", "GET", "/silo/v1/messages/{MessageId}/insights", Handle) with { MostAtOnce = 8 };

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var tenantName = call.TenantOr(call.QueryValue("TenantName", checks));
        if (checks.Error is { } refused) return refused;
        var messageId = call.Labels[0];
        if (await call.Services.Histories.Find(messageId, tenantName, cancellationToken) is not { } history)
            return GetMessageInsights.NotFound(messageId);
        tenantName ??= await call.Services.InsightNames.Find(history.TenantKey, cancellationToken);
        ExplainMessageResponse? explanation = null;
        // One that has left completely is not looked for in the queue.
        if (tenantName is not null && history.Deliveries.Any(MayBeQueued) && MessageIdFormat.TryGetAcceptedAt(messageId, out var acceptedAt))
            explanation = await ExplainOperations.Explain(call.Services, tenantName, messageId, acceptedAt, cancellationToken);
        return SesAnswer.Json(
            new GetMessageTimelineResponse(
                messageId, tenantName, history.From, history.Subject, history.Deliveries[0].Row.SetName,
                history.Deliveries[0].Row.Key.AcceptedMs / 1000m, history.Acceptance?.Bytes is > 0 and var bytes ? bytes : null, history.Tags,
                [.. history.Deliveries.Select(ToWire)], explanation is { Deliveries.Count: > 0 } ? explanation : null),
            AdminJson.Default.GetMessageTimelineResponse);
    }

    private static bool MayBeQueued(DeliveryHistory delivery) => delivery.Events.Count == 0 || delivery.Events[^1].Kind is
        TenantEventKind.Accepted or TenantEventKind.Deferred or TenantEventKind.Waited or TenantEventKind.PossibleDuplicate
        or TenantEventKind.SetAside;

    private static TimelineShape ToWire(DeliveryHistory delivery) => new(
        delivery.Row.Recipient, delivery.Row.Provider, InsightEvents.DeliveryNames[delivery.Row.Delivery],
        delivery.Row.Engagement == InsightEvents.None ? null : InsightEvents.EngagementNames[delivery.Row.Engagement - 1],
        [.. delivery.Events.Select(ToWire)]);

    private static TimelineEventShape ToWire(TenantEvent e)
    {
        var ses = GetMessageInsights.ToWire(e);
        return new TimelineEventShape(EpochSeconds.From(e.At), Words(e.Kind.ToString()), ses?.Type)
        {
            Bounce = ses?.Details?.Bounce, Complaint = ses?.Details?.Complaint, Reply = e.Diagnostic, RemoteHost = e.RemoteHost,
            RemoteId = e.RemoteId, StartedAt = EpochSeconds.From(e.SentAt), Attempts = e.Attempts == 0 ? null : e.Attempts, RetryAt = EpochSeconds.From(e.RetryAt),
            DelayType = e.Delay == DelayType.None ? null : e.Delay.ToString(), WaitsFor = e.WaitsFor, ExpiresAt = EpochSeconds.From(e.ExpiresAt),
            IsCommonCause = e.CommonCause ? true : null, IsSimulated = e.Simulated ? true : null, IpAddress = e.Engagement?.IpAddress,
            UserAgent = e.Engagement?.UserAgent, Link = e.Engagement?.Link, QueueOrderId = e.OrderId,
        };
    }

    // "HardBounced" becomes "HARD_BOUNCED", as everywhere under /silo/v1.
    private static string Words(string name) =>
        string.Concat(name.Select((c, i) => i > 0 && char.IsAsciiLetterUpper(c) ? "_" + c : char.ToUpperInvariant(c).ToString()));
}

/// <param name="TenantName">"$account" for mail that was sent without a tenant; absent for a tenant that is not there any more.</param>
/// <param name="Explanation">Of what is still queued; absent when nothing is.</param>
internal sealed record GetMessageTimelineResponse(
    string MessageId, string? TenantName, string FromEmailAddress, string? Subject, string? ConfigurationSetName, decimal AcceptedAt, long? SizeBytes,
    IReadOnlyList<MessageTag> EmailTags, IReadOnlyList<TimelineShape> Deliveries, ExplainMessageResponse? Explanation);

internal sealed record TimelineShape(
    string Destination, string Isp, string LastDeliveryEvent, string? LastEngagementEvent, IReadOnlyList<TimelineEventShape> Events);

/// <param name="Event">Silo's own name of it: ACCEPTED, DEFERRED, DELIVERED, HANDED_OVER …</param>
/// <param name="Type">SES's; absent for what SES has no event for.</param>
internal sealed record TimelineEventShape(decimal Timestamp, string Event, string? Type)
{
    public InsightBounceShape? Bounce { get; init; }

    public InsightComplaintShape? Complaint { get; init; }

    /// <summary>What the other side's server said, or a sentence of Silo's own about what happened.</summary>
    public string? Reply { get; init; }

    public string? RemoteHost { get; init; }

    public string? RemoteId { get; init; }

    /// <summary>When the hand-over began that this is about.</summary>
    public decimal? StartedAt { get; init; }

    public int? Attempts { get; init; }

    public decimal? RetryAt { get; init; }

    public string? DelayType { get; init; }

    public string? WaitsFor { get; init; }

    public decimal? ExpiresAt { get; init; }

    /// <summary>True when it was a finding of the pool, not of the tenant.</summary>
    public bool? IsCommonCause { get; init; }

    public bool? IsSimulated { get; init; }

    public string? IpAddress { get; init; }

    public string? UserAgent { get; init; }

    public string? Link { get; init; }

    /// <summary>The order by which it was cancelled.</summary>
    public string? QueueOrderId { get; init; }
}
