using System.Text.Json.Nodes;

namespace Silo.Server.Importing;

/// <summary>Which resources tenants may use.</summary>
internal sealed class AssociationImport : IImportKind
{
    public string Name => "associations";

    public async Task<IReadOnlyList<ImportItem>> Plan(ImportContext context, CancellationToken cancellationToken)
    {
        var items = new List<ImportItem>();
        foreach (var tenant in (await context.Tenants(cancellationToken)).Select(t => (string)t["TenantName"]!))
        {
            var call = ApiCall.Post("tenants/resources/list", new JsonObject { ["TenantName"] = tenant });
            var here = await context.Source.List(call, "TenantResources", cancellationToken) ?? [];
            if (here.Count == 0) continue;
            var there = await context.TenantThere(tenant, cancellationToken) is null
                ? []
                : (await context.Target.List(call, "TenantResources", cancellationToken) ?? []).Select(r => (string)r["ResourceArn"]!)
                    .ToHashSet(StringComparer.Ordinal);
            foreach (var arn in here.Select(r => (string)r["ResourceArn"]!))
            {
                var wanted = await context.ArnThere(arn, cancellationToken);
                var has = there.Contains(wanted);
                items.Add(new ImportItem(
                    Name, $"{tenant}: {wanted.Split(':', 6)[^1]}", has ? ImportAction.Same : ImportAction.Create,
                    has ? [] : [ApiCall.Post("tenants/resources", new JsonObject { ["TenantName"] = tenant, ["ResourceArn"] = wanted })]));
            }
        }

        return items;
    }
}
