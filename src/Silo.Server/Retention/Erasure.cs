using System.Text.Json.Serialization;

namespace Silo.Server.Retention;

/// <summary>
/// An address that is to be erased, as it is stored until that is done, and what was done afterwards. First it is stored, then it is carried
/// out, step by step from <see cref="Step"/> and <see cref="Cursor"/>: a crash in between is finished later, by whichever silo comes to it.
/// </summary>
internal sealed record Erasure
{
    /// <summary>"erasure-" and 24 hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>Null when it is done: the record of an erasure does not keep the address.</summary>
    public string? Address { get; init; }

    /// <summary>What stands in place of the address in facts that stay.</summary>
    public required string Pseudonym { get; init; }

    /// <summary>Null for all tenants.</summary>
    public string? TenantName { get; init; }

    public long TenantKey { get; init; }

    /// <summary>The access key that asked for it.</summary>
    public string? RequestedBy { get; init; }

    public required DateTimeOffset RequestedAt { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>
    /// The kind of the eraser that is at work; null before the first. A record of a release that counted erasers has none, and begins again:
    /// what is erased already is not found twice.
    /// </summary>
    public string? At { get; init; }

    /// <summary>How far that one is; null at its beginning.</summary>
    public string? Cursor { get; init; }

    /// <summary>Nothing is done before: it waits for mail that is under way.</summary>
    public DateTimeOffset? RestsUntil { get; init; }

    /// <summary>What was found, by kind. At least: after a crash what was changed last may be missing.</summary>
    public IReadOnlyDictionary<string, long> Found { get; init; } = new Dictionary<string, long>();

    /// <summary>A silo works on it until then.</summary>
    public DateTimeOffset? HeldUntil { get; init; }

    [JsonIgnore]
    public bool IsDone => CompletedAt is not null;

    public Erasure Counting(string kind, long found) => this with
    {
        Found = new Dictionary<string, long>(Found, StringComparer.Ordinal) { [kind] = Found.GetValueOrDefault(kind) + found },
    };
}

/// <summary>What pseudonyms are made with: 32 random bytes, made with the first erasure.</summary>
internal sealed record PseudonymKey(byte[] Key);

[JsonSerializable(typeof(Erasure))]
[JsonSerializable(typeof(PseudonymKey))]
internal sealed partial class ErasureJson : JsonSerializerContext;
