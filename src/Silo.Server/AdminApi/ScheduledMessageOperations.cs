using System.Globalization;
using Silo.Core.Messages;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Tenants;
using Silo.Storage;

namespace Silo.Server.AdminApi;

/// <summary>Lists what of a tenant waits for the instant that its sender gave, in the order in which it will leave.</summary>
internal static class ScheduledMessageOperations
{
    // What waits for a retry is passed by; a call looks at so many deliveries at most, and the next one goes on.
    private const int MostLookedAt = 10_000;
    private const int ReadAtOnce = 1_000;
    private const string Name = "ListScheduledMessages";

    public static SesOperation List { get; } = SesOperation.Of(
        Name, "GET", "/silo/v1/tenants/{TenantName}/scheduled-messages", ListScheduled);

    private static async ValueTask<SesAnswer> ListScheduled(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        TenantMembers.CheckName(call.Labels[0], checks);
        var pageSize = PageToken.Size(call.QueryInt("PageSize", checks), checks);
        var now = call.Services.Time.GetUtcNow();
        var cursor = ReadCursor(PageToken.Read(Name, call.Labels[0], call.QueryValue("NextToken", checks), checks), now, checks);
        if (checks.Error is { } refused) return refused;
        if (await call.Services.Store.Tenants.Load(call.Labels[0], cancellationToken) is not { } tenant)
            return TenantMembers.NotFound(call.Labels[0]);

        var (messages, next) = await Page(call.Services.Store.Spool, tenant.TenantKey, cursor, pageSize, now, cancellationToken);
        var token = next is { } at ? string.Create(CultureInfo.InvariantCulture, $"{at.DueAt.UtcTicks}:{at.UnitId}") : null;
        return SesAnswer.Json(
            new ListScheduledMessagesResponse(messages, PageToken.Write(Name, call.Labels[0], token)),
            AdminJson.Default.ListScheduledMessagesResponse);
    }

    /// <summary>Ends where a message ends, so that none is on two pages.</summary>
    private static async ValueTask<(List<ScheduledMessageShape> Messages, QueueCursor? Next)> Page(
        ISpool spool, long tenantKey, QueueCursor cursor, int pageSize, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (messages, seen, last) = (new List<ScheduledMessageShape>(), 0, 0L);
        while (true)
        {
            var units = await spool.ReadQueue(tenantKey, cursor, ReadAtOnce, includeSetAside: false, cancellationToken);
            var envelopes = await spool.ReadEnvelopes([.. units.Select(u => u.MessageKey).Distinct()], cancellationToken);
            foreach (var unit in units)
            {
                if (unit.MessageKey != last && (messages.Count == pageSize || seen >= MostLookedAt)) return (messages, cursor);
                var isNext = unit.MessageKey == last && messages.Count > 0;
                (seen, last, cursor) = (seen + 1, unit.MessageKey, new QueueCursor(unit.DueAt, unit.Id));
                if (!envelopes.TryGetValue(unit.MessageKey, out var envelope) || envelope.ScheduledFor is not { } at || at <= now) continue;
                if (unit.DueAt != at) continue;
                if (isNext && messages[^1].MessageId == envelope.MessageId)
                    messages[^1] = messages[^1] with { Deliveries = messages[^1].Deliveries + 1 };
                else
                    messages.Add(new(envelope.MessageId, EpochSeconds.From(at), envelope.ConfigurationSetName, envelope.Subject, 1));
            }

            if (units.Count < ReadAtOnce) return (messages, null);
        }
    }

    private static QueueCursor ReadCursor(string? key, DateTimeOffset now, MemberChecks checks)
    {
        if (key is null) return new QueueCursor(now, long.MaxValue);
        var colon = key.IndexOf(':');
        if (colon > 0 && long.TryParse(key.AsSpan(0, colon), CultureInfo.InvariantCulture, out var ticks)
            && ticks >= 0 && ticks <= DateTimeOffset.MaxValue.UtcTicks
            && long.TryParse(key.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var id))
            return new QueueCursor(new DateTimeOffset(ticks, TimeSpan.Zero), id);
        checks.Fail("NextToken is not one of this operation");
        return default;
    }
}

internal sealed record ListScheduledMessagesResponse(IReadOnlyList<ScheduledMessageShape> Messages, string? NextToken);

/// <param name="Deliveries">How many of it are queued.</param>
internal sealed record ScheduledMessageShape(
    string MessageId, decimal ScheduledFor, string? ConfigurationSetName, string? Subject, int Deliveries);
