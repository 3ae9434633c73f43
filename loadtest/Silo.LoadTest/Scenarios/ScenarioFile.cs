using System.Text.Json;
using System.Text.Json.Nodes;

namespace Silo.LoadTest.Scenarios;

/// <summary>Reads scenarios. A file holds the full run; its member <c>smoke</c> is what a short one has otherwise.</summary>
internal static class ScenarioFile
{
    public const string Extension = ".json";

    private const string Smoke = "smoke";

    private static readonly JsonDocumentOptions Json = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The scenario, or all that is wrong with it.</summary>
    /// <param name="name">As messages call it.</param>
    public static (Scenario? Scenario, IReadOnlyList<string> Errors) Read(string name, string json, bool smoke)
    {
        JsonObject whole;
        try
        {
            if (JsonNode.Parse(json, null, Json) is not JsonObject node) return (null, ["The file must hold an object"]);
            whole = node;
        }
        catch (JsonException e)
        {
            return (null, [$"The file is no JSON: {e.Message}"]);
        }

        var errors = new List<string>();
        if (whole[Smoke] is { } patch and not JsonObject) errors.Add($"{Smoke} must be an object");
        var profile = smoke && whole[Smoke] is JsonObject changes ? MergePatch.Apply(whole, changes) : (JsonObject)whole.DeepClone();
        profile.Remove(Smoke);
        var scenario = new ScenarioReader(errors).Read(name, profile);
        return errors.Count == 0 ? (scenario, []) : (null, errors);
    }

    /// <summary>The scenarios of a folder by name, in order.</summary>
    public static IEnumerable<string> NamesIn(string folder) =>
        Directory.EnumerateFiles(folder, $"*{Extension}").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);

    /// <summary>
    /// Where the scenarios are that a program brings along: beside it, or in the repository that it was built in.
    /// </summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "scenarios");
}
