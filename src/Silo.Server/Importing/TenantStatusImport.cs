using System.Text.Json.Nodes;

namespace Silo.Server.Importing;

/// <summary>Reputation policies and sending statuses of tenants. One that SES has paused stays paused until a person decides.</summary>
internal sealed class TenantStatusImport : IImportKind
{
    private const string Path = "reputation/entities/RESOURCE/{0}";

    public string Name => "statuses";

    public async Task<IReadOnlyList<ImportItem>> Plan(ImportContext context, CancellationToken cancellationToken)
    {
        var items = new List<ImportItem>();
        foreach (var tenant in await context.Tenants(cancellationToken))
        {
            var name = (string)tenant["TenantName"]!;
            var found = await context.Source.Find(ApiCall.Get(Path, (string)tenant["TenantArn"]!), cancellationToken);
            if (found?["ReputationEntity"] is not JsonObject here) continue;
            var arn = (string?)(await context.TenantThere(name, cancellationToken))?["TenantArn"];
            var there = arn is null ? null
                : (await context.Target.Find(ApiCall.Get(Path, arn), cancellationToken))?["ReputationEntity"] as JsonObject;
            items.Add(await Compare(context, name, arn, here, there, cancellationToken));
        }

        return items;
    }

    private async Task<ImportItem> Compare(
        ImportContext context, string name, string? arn, JsonObject here, JsonObject? there, CancellationToken cancellationToken)
    {
        var (calls, notes) = (new List<ApiCall>(), new List<string>());
        var isPausedBySes = Status(here, "AwsSesManagedStatus") == "DISABLED";
        var status = isPausedBySes ? "DISABLED" : Status(here, "CustomerManagedStatus") ?? "ENABLED";
        if (isPausedBySes) notes.Add("SES has paused it, so it begins paused here: enable it when its cause is gone.");
        if (status != (Status(there, "CustomerManagedStatus") ?? "ENABLED"))
        {
            notes.Add($"SendingStatus {status}");
            calls.Add(ApiCall.Put(Path + "/customer-managed-status", new JsonObject { ["SendingStatus"] = status }, arn ?? ""));
        }

        if ((string?)here["ReputationManagementPolicy"] is { } policy)
        {
            var wanted = await context.ArnThere(policy, cancellationToken);
            // The policy that tenants have that were given none.
            var present = (string?)there?["ReputationManagementPolicy"] ?? $"arn:aws:ses:{context.Target.Region}:aws:reputation-policy/standard";
            if (wanted != present)
            {
                notes.Add(wanted[(wanted.LastIndexOf(':') + 1)..]);
                calls.Add(ApiCall.Put(Path + "/policy", new JsonObject { ["ReputationEntityPolicy"] = wanted }, arn ?? ""));
            }
        }

        return new ImportItem(Name, name, calls.Count > 0 ? ImportAction.Change : ImportAction.Same, calls) { Notes = notes };
    }

    private static string? Status(JsonObject? entity, string member) => (string?)entity?[member]?["Status"];
}
