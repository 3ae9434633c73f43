using System.Text.Json;
using System.Text.Json.Serialization;
using Silo.Core.Tenants;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Usage;

/// <summary>
/// What tenants had used when they were deleted: a document each, written before the tenant goes, so that it is billed. Gone with the last
/// month that a tenant's own books would have kept.
/// </summary>
internal static class UsageOfDeleted
{
    private const string Prefix = "deleted-tenant:";

    public static async ValueTask Keep(IResourceStore store, TenantUsageReport usage, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (usage.Months.Count == 0) return;
        var name = $"{Prefix}{usage.TenantName}/{usage.TenantId}";
        var document = JsonSerializer.SerializeToUtf8Bytes(usage, UsageJson.Default.TenantUsageReport);
        // It has no ARN; what stands in its place only has to be its own.
        var created = await store.Create(
            new NewResource(ResourceKind.Account, name, name, document, now, [], int.MaxValue), cancellationToken);
        if (created == ResourceCreation.Created) return;
        // A deletion that broke off after this: more may have been told since.
        if (await store.Get(ResourceKind.Account, name, cancellationToken) is { } stored)
            await store.Replace(ResourceKind.Account, name, document, stored.Version, cancellationToken);
    }

    /// <summary>In the order of their names after <paramref name="after"/>, which is a <see cref="Page{T}.Next"/> of before.</summary>
    public static async ValueTask<Page<TenantUsageReport>> List(
        ISiloStore store, string? after, int pageSize, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var page = await store.Resources.List(ResourceKind.Account, after ?? Prefix, Prefix, pageSize, cancellationToken);
        var reports = new List<TenantUsageReport>();
        var oldest = DateOnly.FromDateTime(now.UtcDateTime).AddMonths(-TenantUsage.MonthsKept);
        foreach (var stored in page.Items.Where(i => i.Name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            var report = JsonSerializer.Deserialize(stored.Document.Span, UsageJson.Default.TenantUsageReport)!;
            if (report.Months[^1].From >= oldest)
            {
                // The document comes first: of a deletion that broke off behind it the tenant lives, and tells its use itself.
                if (await store.Tenants.FindById(report.TenantId, cancellationToken) is null) reports.Add(report);
            }
            else await store.Resources.Delete(ResourceKind.Account, stored.Name, stored.Name, cancellationToken);
        }

        return new Page<TenantUsageReport>(reports, page.Next);
    }
}

[JsonSerializable(typeof(TenantUsageReport))]
internal sealed partial class UsageJson : JsonSerializerContext;
