using System.Text.Json.Nodes;

namespace Silo.Server.Importing;

/// <summary>Compares what two accounts say of one thing.</summary>
internal static class JsonShape
{
    // What one account leaves out and another one spells out is the same.
    private static readonly Dictionary<string, JsonNode> Defaults = new(StringComparer.Ordinal)
    {
        ["TlsPolicy"] = "OPTIONAL", ["SendingEnabled"] = true, ["ReputationMetricsEnabled"] = false, ["HttpsPolicy"] = "OPTIONAL",
        ["BehaviorOnMxFailure"] = "USE_DEFAULT_VALUE", ["SuppressionScope"] = "ACCOUNT", ["Enabled"] = false,
    };

    // They tell what was, or what only the account itself decides.
    private static readonly string[] NotSettings = ["LastFreshStart", "MailFromDomainStatus"];

    /// <summary>The settings of an object: without nulls, defaults and what is none; null when nothing is left.</summary>
    public static JsonObject? Settings(JsonNode? node)
    {
        if (node is not JsonObject given) return null;
        var settings = new JsonObject();
        foreach (var (name, value) in given)
        {
            if (value is null || NotSettings.Contains(name)) continue;
            if (Defaults.TryGetValue(name, out var usual) && JsonNode.DeepEquals(value, usual)) continue;
            if (value is JsonObject nested)
            {
                if (Settings(nested) is { } inner) settings[name] = inner;
            }
            else if (value is not JsonArray { Count: 0 } || name == "SuppressedReasons")
            {
                settings[name] = Sorted(value);
            }
        }

        return settings.Count == 0 ? null : settings;
    }

    public static bool AreSame(JsonNode? a, JsonNode? b) => JsonNode.DeepEquals(Settings(a), Settings(b));

    /// <summary>Tags that the target lacks or has with another value; null when there are none.</summary>
    public static JsonArray? MissingTags(JsonNode? here, JsonNode? there)
    {
        var known = (there as JsonArray ?? []).Select(t => ((string?)t?["Key"], (string?)t?["Value"])).ToHashSet();
        var missing = (here as JsonArray ?? []).Where(t => t is not null && !known.Contains(((string?)t["Key"], (string?)t["Value"])));
        var array = new JsonArray([.. missing.Select(t => t!.DeepClone())]);
        return array.Count == 0 ? null : array;
    }

    private static JsonNode Sorted(JsonNode value) => value is JsonArray array && array.All(i => i is JsonValue)
        ? new JsonArray([.. array.Select(i => i!.ToString()).Order(StringComparer.Ordinal).Select(s => (JsonNode)s)])
        : value.DeepClone();
}
