using System.Security.Cryptography;
using Silo.Core.QueueControl;
using Silo.Server.Delivery;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.DedicatedIps;
using Silo.Server.SesApi.Operations.Tenants;
using Silo.Server.Tenants;

namespace Silo.Server.AdminApi;

/// <summary>
/// Orders about queued mail of a tenant: hold, cancel or reroute what a filter means, list what is in force, let go what is held. A dry run
/// counts and does nothing.
/// </summary>
internal static class QueueOrderOperations
{
    private const string Path = "/silo/v1/tenants/{TenantName}/queue-orders";
    private const int MaxNameLength = 256;
    private const long MaxAgeLimit = 365L * 24 * 60 * 60;

    public static SesOperation Create { get; } = SesOperation.Of(
        "CreateQueueOrder", "POST", Path, AdminJson.Default.CreateQueueOrderRequest, Order) with
    {
        // A dry run reads the whole queue of its tenant.
        MostAtOnce = 16,
    };

    public static SesOperation List { get; } = SesOperation.Of("ListQueueOrders", "GET", Path, ListInForce);

    public static SesOperation Delete { get; } = SesOperation.Of("DeleteQueueOrder", "DELETE", Path + "/{OrderId}", End);

    private static async ValueTask<SesAnswer> Order(SesCall call, CreateQueueOrderRequest request, CancellationToken cancellationToken)
    {
        var now = call.Services.Time.GetUtcNow();
        var checks = new MemberChecks();
        TenantMembers.CheckName(call.Labels[0], checks);
        checks.Required(request.Action, "Action");
        checks.OneOf(request.Action, "Action", "HOLD", "CANCEL", "REROUTE");
        if (request.Action == "REROUTE") checks.Required(request.ToPoolName, "ToPoolName");
        else if (request.ToPoolName is not null) checks.Fail("ToPoolName belongs to Action REROUTE");
        checks.Length(request.Cause, "Cause", 1, QueueOrder.MaxCauseLength);
        var filter = Check(request.Filter ?? new QueueOrderFilter(null, null, null, null, null, null, null), call.Services.Providers, now, checks);
        if (checks.Error is { } refused) return refused;

        var order = new QueueOrder(NewId(call.Services.Random), ActionOf(request.Action), filter, now, request.Cause ?? "Ordered by hand.")
        {
            ToPool = request.ToPoolName,
        };
        if (order.ToPool is { } toPool && await call.Services.Pools.Get(toPool, cancellationToken) is null)
            return DedicatedIpMembers.NoSuchPool(toPool);
        if (request.DryRun == true)
        {
            if (await QueueCount.Of(call.Services.Store, call.Labels[0], order, cancellationToken) is not { } count)
                return TenantMembers.NotFound(call.Labels[0]);
            return Answer(new CreateQueueOrderResponse(null, count.Deliveries, count.Messages, null));
        }

        var tenant = call.Services.Tenants.Get(call.Labels[0]);
        var reply = new QueueOrderReply(QueueOrderResult.NoSuchTenant, 0);
        var isThere = await call.Services.Pools.Refer(order.ToPool, Write, Undo, cancellationToken);
        if (!isThere) return DedicatedIpMembers.NoSuchPool(order.ToPool!);
        return reply.Result switch
        {
            QueueOrderResult.NoSuchTenant => TenantMembers.NotFound(call.Labels[0]),
            QueueOrderResult.TooMany => SesError.LimitExceeded($"A tenant has at most {QueueOrder.MaxInForce} orders in force."),
            QueueOrderResult.OtherReroute => SesError.ConcurrentModification($"The way of queued mail of tenant <{call.Labels[0]}>"),
            _ => Answer(new CreateQueueOrderResponse(order.Id, null, null, reply.DialoguesBegun)),
        };

        async ValueTask<bool> Write() => (reply = await tenant.OrderQueue(order, cancellationToken)).Result == QueueOrderResult.InForce;

        // The pool went meanwhile: mail that names it leaves as mail that names none.
        async ValueTask Undo() => await tenant.EndQueueOrder(order.Id, CancellationToken.None);
    }

    private static async ValueTask<SesAnswer> ListInForce(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (!TenantMembers.CheckName(call.Labels[0], checks)) return checks.Error!;
        if (await call.Services.Tenants.Get(call.Labels[0]).Describe(cancellationToken) is not { } tenant)
            return TenantMembers.NotFound(call.Labels[0]);
        return SesAnswer.Json(new ListQueueOrdersResponse([.. tenant.Orders.Select(ToWire)]), AdminJson.Default.ListQueueOrdersResponse);
    }

    private static async ValueTask<SesAnswer> End(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (!TenantMembers.CheckName(call.Labels[0], checks)) return checks.Error!;
        return await call.Services.Tenants.Get(call.Labels[0]).EndQueueOrder(call.Labels[1], cancellationToken)
            ? SesAnswer.Empty
            : SesError.NotFound($"Order <{MemberChecks.Shown(call.Labels[1])}> of tenant <{call.Labels[0]}> is not in force.");
    }

    private static QueueFilter Check(QueueOrderFilter filter, MailboxProviders providers, DateTimeOffset now, MemberChecks checks)
    {
        checks.Length(filter.ConfigurationSetName, "Filter.ConfigurationSetName", 1, MaxNameLength);
        checks.Length(filter.TagName, "Filter.TagName", 1, MaxNameLength).Length(filter.TagValue, "Filter.TagValue", 0, MaxNameLength);
        if (filter is { TagName: null, TagValue: not null }) checks.Fail("Filter.TagName is required with Filter.TagValue");
        checks.Length(filter.RecipientDomain, "Filter.RecipientDomain", 1, MaxNameLength);
        if (filter.MailboxProvider is { } provider && providers.All.All(p => p.Name != provider))
            checks.Fail("Filter.MailboxProvider must be the name of a mailbox provider as metrics print it");
        checks.Length(filter.PoolName, "Filter.PoolName", 1, MaxNameLength);
        checks.Length(filter.MessageId, "Filter.MessageId", 1, MaxNameLength);
        checks.Range(filter.OlderThanSeconds, "Filter.OlderThanSeconds", 0, MaxAgeLimit);
        return new QueueFilter
        {
            ConfigurationSet = filter.ConfigurationSetName, TagName = filter.TagName, TagValue = filter.TagValue,
            RecipientDomain = filter.RecipientDomain, Provider = filter.MailboxProvider, Pool = filter.PoolName,
            MessageId = filter.MessageId,
            AcceptedBefore = filter.OlderThanSeconds is { } seconds and <= MaxAgeLimit ? now.AddSeconds(-seconds) : null,
        };
    }

    private static string NewId(RandomNumberGenerator random)
    {
        Span<byte> bytes = stackalloc byte[12];
        random.GetBytes(bytes);
        return "qo-" + Convert.ToHexStringLower(bytes);
    }

    private static SesAnswer Answer(CreateQueueOrderResponse response) => SesAnswer.Json(response, AdminJson.Default.CreateQueueOrderResponse);

    private static QueueOrderShape ToWire(QueueOrder order) => new(
        order.Id, order.Action.ToString().ToUpperInvariant(), EpochSeconds.From(order.At), order.Cause,
        new QueueOrderFilter(
            order.Filter.ConfigurationSet, order.Filter.TagName, order.Filter.TagValue, order.Filter.RecipientDomain, order.Filter.Provider,
            order.Filter.Pool, null) { MessageId = order.Filter.MessageId },
        order.Filter.AcceptedBefore is { } before ? EpochSeconds.From(before) : null)
    {
        ToPoolName = order.ToPool,
    };

    private static QueueAction ActionOf(string? name) => name switch
    {
        "HOLD" => QueueAction.Hold,
        "REROUTE" => QueueAction.Reroute,
        _ => QueueAction.Cancel,
    };
}

/// <param name="DryRun">True only counts.</param>
/// <param name="ToPoolName">With REROUTE: the pool that the mail leaves from.</param>
internal sealed record CreateQueueOrderRequest(string? Action, QueueOrderFilter? Filter, string? Cause, bool? DryRun, string? ToPoolName);

/// <summary>What is given must all hold; nothing given means all mail of the tenant.</summary>
/// <param name="OlderThanSeconds">Accepted at least so long before the order, 0 to 365 days.</param>
internal sealed record QueueOrderFilter(
    string? ConfigurationSetName, string? TagName, string? TagValue, string? RecipientDomain, string? MailboxProvider, string? PoolName,
    long? OlderThanSeconds)
{
    /// <summary>The message with this id alone.</summary>
    public string? MessageId { get; init; }
}

/// <param name="OrderId">Absent in a dry run.</param>
/// <param name="Deliveries">Of a dry run: queued deliveries that the order would mean.</param>
/// <param name="Messages">Of a dry run: the messages that they belong to.</param>
/// <param name="DialoguesBegun">Hand-overs of the tenant that had begun and may still finish.</param>
internal sealed record CreateQueueOrderResponse(string? OrderId, long? Deliveries, long? Messages, int? DialoguesBegun);

internal sealed record ListQueueOrdersResponse(IReadOnlyList<QueueOrderShape> Orders);

internal sealed record QueueOrderShape(
    string OrderId, string Action, decimal OrderedAt, string Cause, QueueOrderFilter Filter, decimal? AcceptedBefore)
{
    /// <summary>Of one to reroute.</summary>
    public string? ToPoolName { get; init; }
}
