using System.Text.Json.Nodes;

namespace Silo.Server.Importing;

/// <summary>Tenants with their tags and suppression settings.</summary>
internal sealed class TenantImport : IImportKind
{
    public string Name => "tenants";

    public async Task<IReadOnlyList<ImportItem>> Plan(ImportContext context, CancellationToken cancellationToken)
    {
        var items = new List<ImportItem>();
        foreach (var name in (await context.Tenants(cancellationToken)).Select(t => (string)t["TenantName"]!))
        {
            var found = await context.Source.Find(ApiCall.Post("tenants/get", new JsonObject { ["TenantName"] = name }), cancellationToken);
            if (found?["Tenant"] is JsonObject here) items.Add(Compare(name, here, await context.TenantThere(name, cancellationToken)));
        }

        return items;
    }

    private ImportItem Compare(string name, JsonObject here, JsonNode? there)
    {
        var suppression = here["SuppressionAttributes"];
        if (there is null)
        {
            var body = new JsonObject { ["TenantName"] = name };
            if (here["Tags"] is JsonArray { Count: > 0 } tags) body["Tags"] = tags.DeepClone();
            if (suppression is not null) body["SuppressionAttributes"] = suppression.DeepClone();
            return new ImportItem(Name, name, ImportAction.Create, [ApiCall.Post("tenants", body)]);
        }

        var (calls, notes) = (new List<ApiCall>(), new List<string>());
        if (JsonShape.MissingTags(here["Tags"], there["Tags"]) is { } missing)
        {
            notes.Add("Tags");
            calls.Add(ApiCall.Post("tags", new JsonObject { ["ResourceArn"] = (string?)there["TenantArn"], ["Tags"] = missing }));
        }

        if (!JsonNode.DeepEquals(JsonShape.Settings(suppression), JsonShape.Settings(there["SuppressionAttributes"])))
        {
            notes.Add("SuppressionAttributes");
            var body = new JsonObject { ["TenantName"] = name };
            foreach (var (member, value) in suppression as JsonObject ?? []) body[member] = value?.DeepClone();
            calls.Add(ApiCall.Post("tenant/suppression", body));
        }

        return new ImportItem(Name, name, calls.Count > 0 ? ImportAction.Change : ImportAction.Same, calls) { Notes = notes };
    }
}
