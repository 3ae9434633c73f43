using System.Text.Json.Serialization;

namespace Silo.Server.Identities;

/// <summary>The keys of an identity, stored under its name. At most <see cref="MaxKeys"/>.</summary>
internal sealed record IdentityKeySet(IReadOnlyList<IdentityKey> Keys)
{
    /// <summary>One in use, one to come, and those whose records are still published.</summary>
    public const int MaxKeys = 10;

    public static IdentityKeySet Empty { get; } = new([]);

    // Made by somebody who has not said yet what it is for.
    private static readonly TimeSpan New = TimeSpan.FromMinutes(10);

    public IdentityKey? Find(string? selector) => Keys.FirstOrDefault(k => Is(k, selector));

    /// <summary>
    /// A key added, in the place of the one that its selector had. When there are too many the oldest go that are neither in use nor to come:
    /// mail is signed with one while others are added whose records nobody publishes.
    /// </summary>
    public IdentityKeySet With(IdentityKey key, string? selector = null, string? nextSelector = null)
    {
        var others = Keys.Where(k => !Is(k, key.Selector)).ToList();
        while (others.Count >= MaxKeys)
            others.RemoveAt(Math.Max(0, others.FindIndex(k => !Is(k, selector) && !Is(k, nextSelector))));
        return new IdentityKeySet([.. others, key]);
    }

    /// <summary>Without a key of the customer's that was to come and will not. Null when there is none.</summary>
    public IdentityKeySet? Without(string selector) =>
        Find(selector) is { IsExternal: true } ? new IdentityKeySet([.. Keys.Where(k => !Is(k, selector))]) : null;

    /// <summary>What is neither in use nor to come is retired, and forgotten later. Null when nothing changes.</summary>
    public IdentityKeySet? Retire(string? selector, string? nextSelector, DateTimeOffset now, TimeSpan keep)
    {
        var next = Keys
            .Select(k => Is(k, selector) || Is(k, nextSelector) || (k.RetiredAt is null && now - k.CreatedAt < New)
                ? k with { RetiredAt = null }
                : k with { RetiredAt = k.RetiredAt ?? now })
            .Where(k => k.RetiredAt is not { } at || now - at < keep)
            .ToList();
        return next.SequenceEqual(Keys) ? null : new IdentityKeySet(next);
    }

    private static bool Is(IdentityKey key, string? selector) => string.Equals(key.Selector, selector, StringComparison.OrdinalIgnoreCase);
}

/// <param name="Selector">Below <c>_domainkey</c> of the domain.</param>
/// <param name="Bits">1,024 or 2,048.</param>
/// <param name="PublicKey">Base64 of SubjectPublicKeyInfo.</param>
/// <param name="PrivateKey">PKCS #8, as <see cref="KeyProtection"/> writes it.</param>
internal sealed record IdentityKey(string Selector, int Bits, string PublicKey, string PrivateKey, DateTimeOffset CreatedAt)
{
    /// <summary>A key of the customer's own; else the service made it, for one of its tokens.</summary>
    public bool IsExternal { get; init; }

    /// <summary>Since when nothing is signed with it; its record is to stay for a while.</summary>
    public DateTimeOffset? RetiredAt { get; init; }

    // A record prints its members; this one must not.
    public override string ToString() => $"IdentityKey {Selector}";
}

/// <summary>Who looks at identities: the silo that replaces this document has the turn.</summary>
internal sealed record IdentityRound(DateTimeOffset HeldUntil);

/// <summary>The policies of an identity by their names.</summary>
internal sealed record IdentityPolicySet(IReadOnlyDictionary<string, string> Policies);

/// <summary>How they are stored. Additions must be optional, so that the previous release can read them.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(IdentityKeySet))]
[JsonSerializable(typeof(IdentityRound))]
[JsonSerializable(typeof(PlatformKeyState))]
[JsonSerializable(typeof(IdentityPolicySet))]
internal sealed partial class IdentityJson : JsonSerializerContext;
