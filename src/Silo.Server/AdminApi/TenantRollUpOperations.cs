using Silo.Core.Reputation;
using Silo.Server.Accounts;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Tenants;
using Silo.Storage;

namespace Silo.Server.AdminApi;

/// <summary>What became of a tenant's mail by hour or day, told apart by identity, configuration set and mailbox provider.</summary>
internal static class TenantRollUpOperations
{
    private const int MaxRows = 5_000;
    private static readonly TimeSpan Usual = TimeSpan.FromDays(1);
    private static readonly string[] Dimensions = ["IDENTITY", "CONFIGURATION_SET", "MAILBOX_PROVIDER"];

    public static SesOperation Get { get; } = SesOperation.Of("GetTenantRollUps", "GET", "/silo/v1/tenants/{TenantName}/roll-ups", Read);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        TenantMembers.CheckName(call.Labels[0], checks);
        var to = QueryInstant.Read(call, "To", checks) ?? call.Services.Time.GetUtcNow();
        var from = QueryInstant.Read(call, "From", checks) ?? Earlier(to);
        if (from >= to) checks.Fail("From must be before To");
        var period = call.QueryValue("Period", checks) ?? "HOUR";
        checks.OneOf(period, "Period", "HOUR", "DAY");
        var by = call.QueryValues("By");
        foreach (var dimension in by) checks.OneOf(dimension, "By", Dimensions);
        var (identity, set, provider) = (
            call.QueryValue("Identity", checks), call.QueryValue("ConfigurationSet", checks), call.QueryValue("MailboxProvider", checks));
        if (checks.Error is { } refused) return refused;

        // The owner first: what it still holds is to be among the rows.
        var tenantKey = await call.Services.Tenants.Get(call.Labels[0]).WriteRollUps(cancellationToken);
        if (tenantKey == 0) return TenantMembers.NotFound(call.Labels[0]);
        var hours = period == "DAY" ? 24 : 1;
        // Whole buckets: the one that an end lies in is in it.
        var first = RollUpKey.HourOf(from) / hours * hours;
        var last = (RollUpKey.HourOf(to.AddTicks(-1)) / hours * hours) + hours;
        var query = new RollUpQuery(tenantKey, first, last, hours, by.Contains("IDENTITY"), by.Contains("CONFIGURATION_SET"), by.Contains("MAILBOX_PROVIDER"))
        {
            Identity = identity is null ? null : IdentityName.Normalize(identity) ?? identity, ConfigurationSet = set, Provider = provider,
        };
        var rows = await call.Services.Store.RollUps.Read(query, MaxRows + 1, cancellationToken);
        if (rows.Count > MaxRows)
            return SesError.BadRequest($"There are more than {MaxRows} rows. Ask for a shorter time, for days, or by fewer dimensions.");
        return SesAnswer.Json(
            new GetTenantRollUpsResponse(call.Labels[0], period, EpochSeconds.From(RollUpKey.Begin(first)), EpochSeconds.From(RollUpKey.Begin(last)),
                [.. rows.Select(r => RollUpShape.Of(r, query.ByProvider))]),
            AdminJson.Default.GetTenantRollUpsResponse);
    }

    private static DateTimeOffset Earlier(DateTimeOffset to) => to.UtcTicks > Usual.Ticks ? to - Usual : DateTimeOffset.MinValue;
}

/// <param name="From">Epoch seconds: where the first bucket begins.</param>
/// <param name="To">Epoch seconds: where the last bucket ends.</param>
internal sealed record GetTenantRollUpsResponse(string TenantName, string Period, decimal From, decimal To, IReadOnlyList<RollUpShape> Rows);

/// <param name="Start">Epoch seconds: where the bucket begins. Outcomes count in the bucket of their send.</param>
/// <param name="Identity">Absent when not asked for, or not known.</param>
/// <param name="MailboxProvider">Absent when not asked for, or for what is about no single recipient.</param>
/// <param name="Sent">Recipients that were accepted; they are about no single provider.</param>
/// <param name="HandedOver">Taken by a relay or by SES, and nothing told of it since.</param>
/// <param name="FeedbackLoopDelivered">The denominator of the complaint rate.</param>
internal sealed record RollUpShape(
    decimal Start, string? Identity, string? ConfigurationSet, string? MailboxProvider, long Sent, long Delivered, long HandedOver,
    long HardBounces, long SoftBounces, long Blocked, long Deferred, long Complaints, long FeedbackLoopDelivered, long Suppressed, long Expired,
    long Cancelled, long Rejected, long Opens, long Clicks, long Unsubscribes)
{
    public static RollUpShape Of(RollUpSum row, bool byProvider)
    {
        return new RollUpShape(
            EpochSeconds.From(RollUpKey.Begin(row.FirstHour)), row.Identity, row.ConfigurationSet,
            byProvider && row.Provider is { Length: > 0 } provider ? provider : null, Count(ReputationFact.Sent), Count(ReputationFact.Delivered),
            Count(ReputationFact.HandedOver), Count(ReputationFact.HardBounced), Count(ReputationFact.SoftBounced), Count(ReputationFact.Blocked),
            Count(ReputationFact.Deferred), Count(ReputationFact.Complained), Of(RollUpRow.FeedbackLoopDelivered), Count(ReputationFact.Suppressed),
            Count(ReputationFact.Expired), Count(ReputationFact.Cancelled), Count(ReputationFact.Rejected), Count(ReputationFact.Opened),
            Count(ReputationFact.Clicked), Count(ReputationFact.Unsubscribed));

        long Count(ReputationFact fact) => Of((int)fact);

        // What is taken back of an hour that is not kept any more leaves less than nothing.
        long Of(int column) => Math.Max(0, row.Counts[column]);
    }
}
