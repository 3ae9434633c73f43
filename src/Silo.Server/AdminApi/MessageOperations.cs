using System.Security.Cryptography;
using Silo.Core.Messages;
using Silo.Core.QueueControl;
using Silo.Core.Tenants;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Tenants;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.AdminApi;

/// <summary>Takes a message that waits out of the queue, by its id: an order to cancel that means it alone.</summary>
internal static class MessageOperations
{
    // The order holds from the moment at which it is stored; this is how long it is waited for what became of mail that was due already.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(10);
    private const int PageSize = 1_000;
    private const int MostPages = 200;

    public static SesOperation Cancel { get; } = SesOperation.Of(
        "CancelMessage", "DELETE", "/silo/v1/messages/{MessageId}", CancelMessage);

    private static async ValueTask<SesAnswer> CancelMessage(SesCall call, CancellationToken cancellationToken)
    {
        var (store, messageId) = (call.Services.Store, call.Labels[0]);
        var checks = new MemberChecks();
        if (!MessageIdFormat.TryGetAcceptedAt(messageId, out var acceptedAt)) checks.Fail("MessageId is no id that a send was answered with");
        var tenantName = call.QueryValue("TenantName", checks);
        if (tenantName is not null) TenantMembers.CheckName(tenantName, checks);
        if (checks.Error is { } refused) return refused;

        // A tenant's own key is for that tenant's mail, and need not be searched for in that of all.
        tenantName ??= call.Caller.TenantName ?? await MessageFinder.FindTenant(store, messageId, acceptedAt, cancellationToken);
        // Mail of others is not there for a tenant's own key.
        if (tenantName is null || (call.Caller.TenantName is { } own && own != tenantName)) return NotQueued(messageId);
        if (await store.Tenants.Load(tenantName, cancellationToken) is not { } row) return NotQueued(messageId);
        if (await QueuedMessage.Find(store.Spool, row.TenantKey, messageId, acceptedAt, cancellationToken) is not { } queued)
            return NotQueued(messageId);

        var order = new QueueOrder(
            NewId(call.Services.Random), QueueAction.Cancel, new QueueFilter { MessageId = messageId }, call.Services.Time.GetUtcNow(),
            "Cancelled by its id.");
        var tenant = call.Services.Tenants.Get(tenantName);
        var reply = await tenant.OrderQueue(order, cancellationToken);
        if (reply.Result == QueueOrderResult.TooMany)
            return SesError.LimitExceeded($"A tenant has at most {QueueOrder.MaxInForce} orders in force.");
        if (reply.Result != QueueOrderResult.InForce) return NotQueued(messageId);

        // The order was in force before any of it was due: all that was queued is cancelled.
        int? cancelled = queued.EarliestDueAt > call.Services.Time.GetUtcNow()
            ? queued.Queued
            : await WhatBecame(call.Services, tenant, order, cancellationToken);
        return SesAnswer.Json(
            new CancelMessageResponse(messageId, tenantName, order.Id, cancelled, queued.Units - cancelled, reply.DialoguesBegun),
            AdminJson.Default.CancelMessageResponse);
    }

    /// <summary>How many deliveries an order has cancelled once it has done its work; null while it has not.</summary>
    private static async ValueTask<int?> WhatBecame(
        SesServices services, ITenant tenant, QueueOrder order, CancellationToken cancellationToken)
    {
        var started = services.Time.GetTimestamp();
        while ((await tenant.Describe(cancellationToken))?.Orders.Any(o => o.Id == order.Id) == true)
        {
            if (services.Time.GetElapsedTime(started) >= LongestWait) return null;
            await Task.Delay(LookInterval, services.Time, cancellationToken);
        }

        var (cancelled, position) = (0, await MessageFinder.FirstAfter(services.Store.Events, order.At - Skew, cancellationToken));
        for (var page = 0; page < MostPages; page++)
        {
            var events = await services.Store.Events.ReadFrom(position, PageSize, cancellationToken);
            cancelled += events.Count(e => e.Kind == (int)TenantEventKind.Cancelled
                && TenantEvent.FromPayload(e.Sequence, e.At, e.Kind, e.Payload.Span).OrderId == order.Id);
            if (events.Count < PageSize) return cancelled;
            position = events[^1].Position;
        }

        return null;
    }

    private static SesError NotQueued(string messageId) => SesError.NotFound(
        $"Nothing of message <{MemberChecks.Shown(messageId)}> is queued: it has left, was cancelled, or was never accepted.");

    private static string NewId(RandomNumberGenerator random)
    {
        Span<byte> bytes = stackalloc byte[12];
        random.GetBytes(bytes);
        return "qo-" + Convert.ToHexStringLower(bytes);
    }
}

/// <param name="OrderId">Of the order that does it.</param>
/// <param name="CancelledDeliveries">Those that will not leave. Absent when the queue is so long that this is not known yet.</param>
/// <param name="LeftDeliveries">The rest: they had left, or ended otherwise. Absent as above.</param>
/// <param name="DialoguesBegun">Hand-overs of the tenant that had begun and may still finish.</param>
internal sealed record CancelMessageResponse(
    string MessageId, string TenantName, string OrderId, int? CancelledDeliveries, int? LeftDeliveries, int DialoguesBegun);
