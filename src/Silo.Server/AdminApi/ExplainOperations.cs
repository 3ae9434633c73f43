using Silo.Core.Messages;
using Silo.Core.Pacing;
using Silo.Server.Delivery.Pacing;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Tenants;
using Silo.Server.Tenants;

namespace Silo.Server.AdminApi;

/// <summary>Why a message has not left yet and when it will; what a tenant's mail has to pass, and how much of it is in use.</summary>
internal static class ExplainOperations
{
    public static SesOperation Message { get; } = SesOperation.Of(
        "ExplainMessage", "GET", "/silo/v1/messages/{MessageId}/explain", ExplainMessage) with
    {
        // Without a tenant's name it looks through the events of all.
        MostAtOnce = 8,
    };

    public static SesOperation Budgets { get; } = SesOperation.Of(
        "GetTenantBudgets", "GET", "/silo/v1/tenants/{TenantName}/budgets", ReadBudgets);

    private static async ValueTask<SesAnswer> ExplainMessage(SesCall call, CancellationToken cancellationToken)
    {
        var messageId = call.Labels[0];
        var checks = new MemberChecks();
        if (!MessageIdFormat.TryGetAcceptedAt(messageId, out var acceptedAt)) checks.Fail("MessageId is no id that a send was answered with");
        var tenantName = call.QueryValue("TenantName", checks);
        if (tenantName is not null) TenantMembers.CheckName(tenantName, checks);
        if (checks.Error is { } refused) return refused;

        tenantName ??= await MessageFinder.FindTenant(call.Services.Store, messageId, acceptedAt, cancellationToken);
        if (tenantName is null) return SesError.NotFound($"Message <{MemberChecks.Shown(messageId)}> is not known.");
        return await Explain(call.Services, tenantName, messageId, acceptedAt, cancellationToken) is { } explanation
            ? SesAnswer.Json(explanation, AdminJson.Default.ExplainMessageResponse)
            : TenantMembers.NotFound(tenantName);
    }

    /// <summary>Null when there is no such tenant.</summary>
    public static async ValueTask<ExplainMessageResponse?> Explain(
        SesServices services, string tenantName, string messageId, DateTimeOffset acceptedAt, CancellationToken cancellationToken) =>
        await services.Tenants.Get(tenantName).Explain(messageId, acceptedAt, cancellationToken) is not { } explanation ? null
            : new ExplainMessageResponse(
                messageId, tenantName, ToWire(explanation.Tenant), [.. explanation.Deliveries.Select(d => ToWire(d, explanation.Tenant))]);

    private static async ValueTask<SesAnswer> ReadBudgets(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (!TenantMembers.CheckName(call.Labels[0], checks)) return checks.Error!;
        if (await call.Services.Tenants.Get(call.Labels[0]).Budgets(cancellationToken) is not { } budgets)
            return TenantMembers.NotFound(call.Labels[0]);
        var queue = budgets.Queue;
        return SesAnswer.Json(
            new GetTenantBudgetsResponse(
                call.Labels[0], ToWire(budgets.Own), queue.InHand, Seconds(queue.RestsUntil), [.. queue.Budgets.Select(ToWire)],
                [.. queue.Lanes.Select(ToWire)]),
            AdminJson.Default.GetTenantBudgetsResponse);
    }

    private static TenantBudgetShape ToWire(TenantBudget own) => new(
        own.MaySend, own.Cause, own.Weight, own.SendRate, own.SendBurst, Math.Floor(own.Available), own.Unresolved, own.UnresolvedCap)
    {
        WarmUp = own.WarmUp.Count == 0 ? null : [.. own.WarmUp.Select(TenantWarmUpOperations.ToWire)],
        OverflowPoolName = own.OverflowPool,
    };

    public static BudgetShape ToWire(BudgetReport level) => new(
        level.Name, level.RatePerSecond, level.Burst, level.Available is { } available ? Math.Floor(available) : null, level.PerDay,
        level.UsedToday, level.Slots, level.InHand, level.IsClosed, Seconds(level.BlockedSince), level.ThrottleReason,
        Seconds(level.ThrottledSince))
    {
        ClosedFor = level.ClosedFor, ParkedUntil = Seconds(level.ParkedUntil), ParkedReason = level.ParkedReason,
    };

    private static LaneShape ToWire(LaneReport lane) => new(
        NameOf(lane.Stream), lane.Pool, lane.Provider, lane.Due, lane.Later, lane.HasMore, lane.WaitsFor,
        Seconds(lane.Since), Seconds(lane.EstimatedAt))
    {
        SendingDomain = lane.SendingDomain, Overflows = lane.Overflows ? true : null,
    };

    private static DeliveryShape ToWire(DeliveryReport delivery, TenantBudget tenant) => new(
        delivery.Recipient, delivery.Place switch
        {
            DeliveryPlace.Later => "WAITS_FOR_RETRY",
            DeliveryPlace.Scheduled => "SCHEDULED",
            DeliveryPlace.InHand => "IN_HAND",
            DeliveryPlace.SetAside => "SET_ASIDE",
            _ => "QUEUED",
        },
        delivery.Attempts, delivery.Place is DeliveryPlace.SetAside ? null : Seconds(delivery.DueAt), delivery.Position,
        tenant.MaySend || delivery.Place is DeliveryPlace.InHand or DeliveryPlace.SetAside ? delivery.WaitsFor : "tenant is paused",
        Seconds(delivery.Since), Seconds(delivery.EarliestAt), tenant.MaySend ? Seconds(delivery.EstimatedAt) : null);

    /// <summary>"Not before something changes" is said by leaving it out.</summary>
    private static decimal? Seconds(DateTimeOffset? at) => at is { } known && known < DateTimeOffset.MaxValue ? EpochSeconds.From(known) : null;

    private static string NameOf(MailStream stream) => stream.ToString().ToUpperInvariant();
}

/// <param name="Deliveries">Those that are queued; none when the message has left, was cancelled, or was not found among 10,000.</param>
internal sealed record ExplainMessageResponse(
    string MessageId, string TenantName, TenantBudgetShape Tenant, IReadOnlyList<DeliveryShape> Deliveries);

/// <param name="State">QUEUED, SCHEDULED, WAITS_FOR_RETRY, IN_HAND or SET_ASIDE.</param>
/// <param name="Position">Among the tenant's deliveries that could leave the same way, 1 for the next.</param>
/// <param name="WaitsFor">The budget that holds it up, as the tenant's budgets name it.</param>
/// <param name="Since">Since when mail of its kind waits there.</param>
/// <param name="EarliestAt">Not before; absent when only a change helps.</param>
/// <param name="EstimatedAt">An estimate from its place and the tenant's share as things are.</param>
internal sealed record DeliveryShape(
    string Recipient, string State, int Attempts, decimal? DueAt, int? Position, string? WaitsFor, decimal? Since,
    decimal? EarliestAt, decimal? EstimatedAt);

/// <param name="RestsUntil">Until when the tenant's own budget lets nothing start; absent while it does, or until something changes.</param>
internal sealed record GetTenantBudgetsResponse(
    string TenantName, TenantBudgetShape Tenant, int InHand, decimal? RestsUntil, IReadOnlyList<BudgetShape> SharedBudgets,
    IReadOnlyList<LaneShape> Queues);

/// <param name="Available">Hand-overs that its rate would let start now.</param>
/// <param name="Unresolved">Hand-overs whose outcome is not known.</param>
internal sealed record TenantBudgetShape(
    bool MaySend, string? Cause, double Weight, double SendRate, double SendBurst, double Available, int Unresolved, int UnresolvedCap)
{
    /// <summary>The caps of its warm-up and their use; absent without one.</summary>
    public IReadOnlyList<WarmUpUseShape>? WarmUp { get; init; }

    /// <summary>By which mail leaves that the warm-up has no room for; absent while it waits instead, as with an open finding.</summary>
    public string? OverflowPoolName { get; init; }
}

/// <param name="Name">Of the account, a pool, a pool towards a provider; of a source address, and of it towards a provider.</param>
/// <param name="ClosedFor">Why nothing leaves from a source address; absent while mail does.</param>
/// <param name="ThrottleReason">What the provider said when it asked to slow down; absent when the rate is the configured one.</param>
internal sealed record BudgetShape(
    string Name, double? RatePerSecond, double? Burst, double? Available, long? DailyQuota, long? UsedInLast24Hours, int? Slots, int InHand,
    bool IsClosed, decimal? BlockedSince, string? ThrottleReason, decimal? ThrottledSince)
{
    /// <summary>Of a source address: why nothing leaves from it; absent while mail does.</summary>
    public string? ClosedFor { get; init; }

    /// <summary>
    /// The provider puts off everything: until when nothing leaves, and from when on single attempts are made. Absent while it does not.
    /// </summary>
    public decimal? ParkedUntil { get; init; }

    /// <summary>What it said last when it did.</summary>
    public string? ParkedReason { get; init; }
}

/// <param name="HasMore">More is stored than what is counted here.</param>
internal sealed record LaneShape(
    string Stream, string Pool, string MailboxProvider, int Due, int Later, bool HasMore, string? WaitsFor, decimal? Since,
    decimal? EstimatedAt)
{
    /// <summary>Absent while the tenant's sending domains are not kept apart, and for those that share a warm-up.</summary>
    public string? SendingDomain { get; init; }

    /// <summary>True for mail that a warm-up had no room for, and that leaves by another pool than it names; else absent.</summary>
    public bool? Overflows { get; init; }
}
