using System.Globalization;
using System.Text.Json.Nodes;

namespace Silo.Server.Importing;

/// <summary>
/// The suppression list of the account and those of tenants, an item for each list. Entries that the target has beyond them stay. When an
/// address came there and by which message is not taken over.
/// </summary>
internal sealed class SuppressionImport : IImportKind
{
    public string Name => "suppression";

    public async Task<IReadOnlyList<ImportItem>> Plan(ImportContext context, CancellationToken cancellationToken)
    {
        var items = new List<ImportItem> { await Compare(context, null, cancellationToken) };
        foreach (var tenant in (await context.Tenants(cancellationToken)).Select(t => (string)t["TenantName"]!))
        {
            var item = await Compare(context, tenant, cancellationToken);
            if (item.Notes.Count > 0) items.Add(item);
        }

        return items;
    }

    private async Task<ImportItem> Compare(ImportContext context, string? tenant, CancellationToken cancellationToken)
    {
        var list = ApiCall.Get("suppression/addresses") with { Query = tenant is null ? [] : [new("TenantName", tenant)] };
        var here = await Entries(context.Source, list, cancellationToken);
        var isThere = tenant is null || await context.TenantThere(tenant, cancellationToken) is not null;
        var there = here.Count > 0 && isThere ? await Entries(context.Target, list, cancellationToken) : [];
        var calls = here.Where(e => there.GetValueOrDefault(e.Key) != e.Value).Select(e => Put(tenant, e.Key, e.Value)).ToList();
        return new ImportItem(
            Name, tenant ?? "account", calls.Count == 0 ? ImportAction.Same : there.Count == 0 ? ImportAction.Create : ImportAction.Change, calls)
        {
            Notes = here.Count == 0 ? [] : [string.Create(CultureInfo.InvariantCulture, $"{calls.Count} of {here.Count} addresses to be put there")],
        };
    }

    private static async Task<Dictionary<string, string>> Entries(AccountClient account, ApiCall list, CancellationToken cancellationToken)
    {
        var entries = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in await account.List(list, "SuppressedDestinationSummaries", cancellationToken) ?? [])
            entries[(string)entry["EmailAddress"]!] = (string)entry["Reason"]!;
        return entries;
    }

    private static ApiCall Put(string? tenant, string address, string reason)
    {
        var body = new JsonObject { ["EmailAddress"] = address, ["Reason"] = reason };
        if (tenant is not null) body["TenantName"] = tenant;
        return ApiCall.Put("suppression/addresses", body);
    }
}
