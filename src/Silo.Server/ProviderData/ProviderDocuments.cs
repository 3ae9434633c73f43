using System.Text.Json.Serialization;
using Silo.Core.ProviderData;

namespace Silo.Server.ProviderData;

/// <summary>What Google measured of a domain.</summary>
internal sealed record GoogleDocument(string Domain, IReadOnlyList<GoogleDay> Days, DateTimeOffset ImportedAt)
{
    public const string Prefix = "google-postmaster:";

    public IReadOnlyList<ProviderNotice> Told { get; init; } = [];
}

/// <summary>What Microsoft measured of an address.</summary>
internal sealed record SndsDocument(string Ip, IReadOnlyList<SndsDay> Days, DateTimeOffset ImportedAt)
{
    public const string Prefix = "snds:";

    public IReadOnlyList<ProviderNotice> Told { get; init; } = [];
}

/// <summary>The last fetch: one document, and who changes its version has the turn.</summary>
internal sealed record ProviderFetch(DateTimeOffset StartedAt)
{
    public const string Name = "fetch";

    /// <summary>Until when a silo is at it; null when nobody is.</summary>
    public DateTimeOffset? HeldUntil { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>What went wrong with Google, without a full stop; null when nothing did.</summary>
    public string? GoogleProblem { get; init; }

    public string? SndsProblem { get; init; }
}

/// <summary>How they are stored. Additions must be optional, so that the previous release can read them.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(GoogleDocument))]
[JsonSerializable(typeof(SndsDocument))]
[JsonSerializable(typeof(ProviderFetch))]
internal sealed partial class ProviderJson : JsonSerializerContext;
