using Silo.Server.Insights;
using Silo.Storage;
using Silo.Storage.Insights;

namespace Silo.Server.SesApi.Operations.Insights;

/// <summary>
/// What a search or an export includes or excludes. Texts compare with their case, * stands for any characters; tenants are named whole. Of each
/// member one value must match, and all members must; what matches any value of Exclude is left out.
/// </summary>
/// <param name="ConfigurationSetName">Silo's own.</param>
internal sealed record InsightFiltersShape(
    IReadOnlyList<string?>? FromEmailAddress, IReadOnlyList<string?>? Destination, IReadOnlyList<string?>? Subject, IReadOnlyList<string?>? Isp,
    IReadOnlyList<string?>? TenantName, IReadOnlyList<string?>? ConfigurationSetName, IReadOnlyList<string?>? LastDeliveryEvent,
    IReadOnlyList<string?>? LastEngagementEvent);

/// <summary>Checks filters of messages, and makes queries of them.</summary>
internal static class InsightMembers
{
    private const int MaxValues = 5;
    private const int MaxStars = 10;
    private const int MaxAddress = 320;
    private const int MaxName = 100;
    private const int MaxSubject = 998;

    public static void Check(InsightFiltersShape? filter, string path, MemberChecks checks)
    {
        if (filter is null) return;
        Texts(filter.FromEmailAddress, "FromEmailAddress", MaxAddress);
        Texts(filter.Destination, "Destination", MaxAddress);
        Texts(filter.Subject, "Subject", MaxSubject);
        Texts(filter.Isp, "Isp", MaxName);
        Texts(filter.TenantName, "TenantName", MaxName);
        Texts(filter.ConfigurationSetName, "ConfigurationSetName", MaxName);
        Names(filter.LastDeliveryEvent, "LastDeliveryEvent", InsightEvents.DeliveryNames);
        Names(filter.LastEngagementEvent, "LastEngagementEvent", InsightEvents.EngagementNames);

        void Texts(IReadOnlyList<string?>? values, string member, int max)
        {
            if (values is null || !checks.Items(values, $"{path}.{member}", MaxValues)) return;
            for (var i = 0; i < values.Count; i++)
            {
                checks.Length(values[i], $"{path}.{member}[{i}]", 1, max);
                if (values[i]!.Count(c => c == '*') > MaxStars) checks.Fail($"{path}.{member}[{i}] must have at most {MaxStars} asterisks");
            }
        }

        void Names(IReadOnlyList<string?>? values, string member, IReadOnlyList<string> allowed)
        {
            if (values is null || !checks.Items(values, $"{path}.{member}", allowed.Count)) return;
            for (var i = 0; i < values.Count; i++) checks.OneOf(values[i], $"{path}.{member}[{i}]", [.. allowed]);
        }
    }

    /// <param name="tenantName">Whose messages alone; null for all. What the filter names besides is not there.</param>
    public static async ValueTask<InsightQuery> ToQuery(
        InsightNames names, DateTimeOffset from, DateTimeOffset until, string? tenantName, InsightFiltersShape? include,
        InsightFiltersShape? exclude, CancellationToken cancellationToken)
    {
        IReadOnlyList<string>? wanted = tenantName is null ? null : [tenantName];
        if (include?.TenantName is { Count: > 0 } named) wanted = [.. named.OfType<string>().Where(n => tenantName is null || n == tenantName).Distinct()];
        return new InsightQuery(
            from.ToUnixTimeMilliseconds(), until.ToUnixTimeMilliseconds(),
            wanted is null ? null : await names.Keys(wanted, cancellationToken))
        {
            Include = Of(include),
            Exclude = Of(exclude) with
            {
                TenantKeys = exclude?.TenantName is { Count: > 0 } left
                    ? await names.Keys(left.OfType<string>().Where(n => tenantName is null || n == tenantName), cancellationToken)
                    : [],
            },
        };
    }

    private static InsightFilter Of(InsightFiltersShape? shape) => shape is null ? new InsightFilter() : new InsightFilter
    {
        From = List(shape.FromEmailAddress), Recipient = List(shape.Destination), Provider = List(shape.Isp), Subject = List(shape.Subject),
        SetName = List(shape.ConfigurationSetName),
        Delivery = [.. List(shape.LastDeliveryEvent).Select(n => IndexOf(InsightEvents.DeliveryNames, n))],
        Engagement = [.. List(shape.LastEngagementEvent).Select(n => IndexOf(InsightEvents.EngagementNames, n) + 1)],
    };

    private static List<string> List(IReadOnlyList<string?>? values) => values is null ? [] : [.. values.OfType<string>()];

    private static int IndexOf(IReadOnlyList<string> names, string name)
    {
        for (var i = 0; i < names.Count; i++)
            if (names[i] == name) return i;
        return -1;
    }
}
