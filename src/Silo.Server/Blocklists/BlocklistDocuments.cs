using System.Text.Json.Serialization;
using Silo.Core.Blocklists;

namespace Silo.Server.Blocklists;

/// <summary>Whose turn the hourly look is, and how far it came: one document, and who changes its version has the turn.</summary>
/// <param name="StartedAt">When the present or the last look began; addresses that were looked at since are done.</param>
internal sealed record BlocklistRound(DateTimeOffset StartedAt)
{
    public const string Name = "round";

    /// <summary>Until when a silo works at it without saying so again; null when nobody does.</summary>
    public DateTimeOffset? HeldUntil { get; init; }

    /// <summary>Null until it has ended.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>How many addresses and domains it has.</summary>
    public int Subjects { get; init; }
}

/// <summary>The last test of each list.</summary>
internal sealed record BlocklistZones(IReadOnlyList<ZoneTest> Tests)
{
    public const string Name = "zones";
}

/// <summary>How they are stored. Additions must be optional, so that the previous release can read them.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(BlocklistRound))]
[JsonSerializable(typeof(BlocklistZones))]
[JsonSerializable(typeof(SubjectListings))]
internal sealed partial class BlocklistJson : JsonSerializerContext;
