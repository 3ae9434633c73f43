using System.Text.Json.Nodes;

namespace Silo.Server.Importing;

/// <summary>Event destinations of configuration sets.</summary>
internal sealed class EventDestinationImport : IImportKind
{
    private static readonly string[] Elsewhere = ["KinesisFirehoseDestination", "PinpointDestination"];

    public string Name => "event-destinations";

    public async Task<IReadOnlyList<ImportItem>> Plan(ImportContext context, CancellationToken cancellationToken)
    {
        var items = new List<ImportItem>();
        foreach (var set in await ConfigurationSetImport.Names(context.Source, cancellationToken))
        {
            var call = ApiCall.Get("configuration-sets/{0}/event-destinations", set);
            var here = (await context.Source.Find(call, cancellationToken))?["EventDestinations"] as JsonArray ?? [];
            if (here.Count == 0) continue;
            var there = (await context.Target.Find(call, cancellationToken))?["EventDestinations"] as JsonArray ?? [];
            foreach (var destination in here.OfType<JsonObject>())
                items.Add(Compare(set, destination, there.FirstOrDefault(t => (string?)t?["Name"] == (string?)destination["Name"]) as JsonObject));
        }

        return items;
    }

    private ImportItem Compare(string set, JsonObject here, JsonObject? there)
    {
        var name = (string)here["Name"]!;
        var shown = $"{set}/{name}";
        if (Elsewhere.FirstOrDefault(e => here[e] is not null) is { } elsewhere)
        {
            return new ImportItem(Name, shown, ImportAction.Leave, [])
            {
                Notes = [$"{elsewhere} is of AWS; Silo tells webhooks, metrics, and ARNs of SNS and EventBridge that are mapped to URLs."],
            };
        }

        var (wanted, present) = (Definition(here), there is null ? null : Definition(there));
        if (present is not null && IsSame(wanted, present)) return new ImportItem(Name, shown, ImportAction.Same, []);
        var body = new JsonObject { ["EventDestination"] = wanted };
        if (there is null) body["EventDestinationName"] = name;
        return new ImportItem(
            Name, shown, there is null ? ImportAction.Create : ImportAction.Change,
            [there is null
                ? ApiCall.Post("configuration-sets/{0}/event-destinations", body, set)
                : ApiCall.Put("configuration-sets/{0}/event-destinations/{1}", body, set, name)])
        {
            Notes = here["SnsDestination"] is not null || here["EventBridgeDestination"] is not null
                ? ["The target needs a URL for its ARN: Silo:Events:Targets."] : [],
        };
    }

    private static JsonObject Definition(JsonObject destination)
    {
        var definition = (JsonObject)destination.DeepClone();
        definition.Remove("Name");
        return definition;
    }

    // Whether it is enabled is a setting of its own here: what is left out is off.
    private static bool IsSame(JsonObject a, JsonObject b) =>
        JsonShape.AreSame(a, b) && ((bool?)a["Enabled"] ?? false) == ((bool?)b["Enabled"] ?? false);
}
