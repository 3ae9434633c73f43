using System.Text.Json.Nodes;

namespace Silo.Server.Importing;

/// <summary>
/// Configuration sets with all groups of options and their tags. Each group is a call of its own, so that one that is refused keeps no other
/// out.
/// </summary>
internal sealed class ConfigurationSetImport : IImportKind
{
    private static readonly (string Member, string Path)[] Groups =
    [
        ("DeliveryOptions", "delivery-options"), ("ReputationOptions", "reputation-options"), ("SendingOptions", "sending"),
        ("SuppressionOptions", "suppression-options"), ("TrackingOptions", "tracking-options"), ("VdmOptions", "vdm-options"),
    ];

    public string Name => "configuration-sets";

    public async Task<IReadOnlyList<ImportItem>> Plan(ImportContext context, CancellationToken cancellationToken)
    {
        var items = new List<ImportItem>();
        foreach (var set in await Names(context.Source, cancellationToken))
        {
            if (await context.Source.Find(ApiCall.Get("configuration-sets/{0}", set), cancellationToken) is not { } here) continue;
            var there = await context.Target.Find(ApiCall.Get("configuration-sets/{0}", set), cancellationToken);
            items.Add(await Compare(context, set, here, there, cancellationToken));
        }

        return items;
    }

    public static async Task<IReadOnlyList<string>> Names(AccountClient source, CancellationToken cancellationToken) =>
        [.. (await source.List(ApiCall.Post("list-configuration-sets", []), "ConfigurationSets", cancellationToken) ?? []).Select(n => (string)n!)];

    private async Task<ImportItem> Compare(
        ImportContext context, string set, JsonObject here, JsonObject? there, CancellationToken cancellationToken)
    {
        var (calls, notes) = (new List<ApiCall>(), new List<string>());
        if (there is null)
        {
            var body = new JsonObject { ["ConfigurationSetName"] = set };
            if (here["Tags"] is JsonArray { Count: > 0 } tags) body["Tags"] = tags.DeepClone();
            calls.Add(ApiCall.Post("configuration-sets", body));
        }
        else if (JsonShape.MissingTags(here["Tags"], there["Tags"]) is { } missing)
        {
            notes.Add("Tags");
            calls.Add(await Tagging.Call(context, $"configuration-set/{set}", missing, cancellationToken));
        }

        foreach (var (member, path) in Groups)
        {
            var wanted = here[member]?.DeepClone() as JsonObject;
            if (member == "DeliveryOptions") await LeaveUnknownPool(context, wanted, notes, cancellationToken);
            if (JsonShape.AreSame(wanted, there?[member])) continue;
            notes.Add(member);
            var group = JsonShape.Settings(wanted) ?? [];
            // Absent means false in this call, unlike in what accounts tell.
            if (member == "SendingOptions") group["SendingEnabled"] = (bool?)wanted?["SendingEnabled"] ?? true;
            calls.Add(ApiCall.Put($"configuration-sets/{{0}}/{path}", member == "VdmOptions" ? new JsonObject { [member] = group } : group, set));
        }

        if (JsonShape.Settings(here["ArchivingOptions"]) is not null) notes.Add("Not taken over: ArchivingOptions, since archives stay with SES.");
        return new ImportItem(Name, set, there is null ? ImportAction.Create : calls.Count > 0 ? ImportAction.Change : ImportAction.Same, calls)
        {
            Notes = notes,
        };
    }

    /// <summary>Pools are addresses, which do not move; a set that names one which the target has keeps it.</summary>
    private static async Task LeaveUnknownPool(ImportContext context, JsonObject? delivery, List<string> notes, CancellationToken cancellationToken)
    {
        if ((string?)delivery?["SendingPoolName"] is not { } pool) return;
        if (await context.Target.Find(ApiCall.Get("dedicated-ip-pools/{0}", pool), cancellationToken) is not null) return;
        delivery!.Remove("SendingPoolName");
        notes.Add($"Not taken over: SendingPoolName {pool}, of which the target has none; create it with its addresses, then import again.");
    }
}
