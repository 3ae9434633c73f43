using System.Text.Json;
using Silo.Core.Messages;

namespace Silo.Server.Intake.ContentCheck;

/// <summary>
/// The answer to <c>POST /checkv2</c> (rspamd documentation, protocol): a JSON object with action, score, and symbols by name, each with its
/// own score. Whatever the bytes are, the result is a score or null.
/// </summary>
internal static class RspamdAnswer
{
    /// <summary>Of an answer that is read, in bytes.</summary>
    public const int MaxBytes = 256 * 1024;

    private const string NoAction = "no action";
    private static readonly JsonDocumentOptions Limits = new() { MaxDepth = 16 };

    public static ContentScore? Read(ReadOnlyMemory<byte> answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer, Limits);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return null;
            var isSkipped = root.TryGetProperty("is_skipped", out var skipped) && skipped.ValueKind == JsonValueKind.True;
            var action = root.TryGetProperty("action", out var said) && said.ValueKind == JsonValueKind.String ? Text(said.GetString()!) : "";
            if (action.Length == 0 && isSkipped) action = NoAction;
            if (action.Length is 0 or > ContentScore.MaxActionLength || ScoreOf(root) is not { } score) return null;
            return new ContentScore(action, score) { Symbols = SymbolsOf(root) };
        }
        // A string with half of a surrogate pair is no string.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static IReadOnlyList<string>? SymbolsOf(JsonElement root)
    {
        if (!root.TryGetProperty("symbols", out var symbols) || symbols.ValueKind != JsonValueKind.Object) return null;
        string[] heaviest =
        [
            .. symbols.EnumerateObject().Where(s => s.Value.ValueKind == JsonValueKind.Object)
                .Select(s => (Name: Text(s.Name), Score: ScoreOf(s.Value) ?? 0)).Where(s => s.Name.Length > 0 && s.Score > 0)
                .OrderByDescending(s => s.Score).ThenBy(s => s.Name, StringComparer.Ordinal).Take(ContentScore.MaxSymbols)
                .Select(s => s.Name.Length <= ContentScore.MaxSymbolLength ? s.Name : s.Name[..ContentScore.MaxSymbolLength]),
        ];
        return heaviest.Length == 0 ? null : heaviest;
    }

    // 0 when there is none; null for one that is no number of ours.
    private static double? ScoreOf(JsonElement of)
    {
        if (!of.TryGetProperty("score", out var score)) return 0;
        return score.ValueKind == JsonValueKind.Number && score.TryGetDouble(out var value) && double.IsFinite(value) ? value : null;
    }

    private static string Text(string text) => string.Concat(text.Where(c => c is >= ' ' and <= '~'));
}
