using System.Text.Json.Serialization;

namespace Silo.Core.Messages;

/// <summary>What a content checker said about a message. Stored with events: members may be added, never changed or removed.</summary>
/// <param name="Action">In its own words, as "no action", "greylist" or "reject": 1 to <see cref="MaxActionLength"/> characters.</param>
/// <param name="Score">The sum of what its rules found; higher is worse. Finite.</param>
public sealed record ContentScore(
    string Action, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double Score)
{
    public const int MaxActionLength = 40;
    public const int MaxSymbols = 10;
    public const int MaxSymbolLength = 64;

    /// <summary>What a Reject event says (SES event publishing records, reject: its only reason).</summary>
    public const string BadContent = "Bad content";

    /// <summary>The rules that weigh most, the heaviest first, at most <see cref="MaxSymbols"/>; null for none.</summary>
    public IReadOnlyList<string>? Symbols { get; init; }
}

/// <summary>Which of a tenant's messages a content checker sees. The values are stored: append only.</summary>
public enum ContentCoverage
{
    /// <summary>The share that is configured.</summary>
    Sample = 0,
    Always = 1,
    Never = 2,
}
