using System.Security.Cryptography;
using System.Text;
using Silo.Storage;

namespace Silo.Server.SesApi;

/// <summary>
/// A place in a list as <c>NextToken</c>: the key to go on from, bound to the operation and its filter by a fingerprint, so that a
/// token of another list is refused instead of giving odd pages. Nothing in it is secret.
/// </summary>
internal static class PageToken
{
    /// <summary>Default of PageSize for all lists; SES does not say its own.</summary>
    public const int DefaultPageSize = 100;

    /// <summary>Largest PageSize unless the operation has its own limit (ListEmailIdentities: 0-1000). 0 means the default.</summary>
    public const int MaxPageSize = 1_000;

    public const int MaxLength = 5_000;
    private const int FingerprintBytes = 8;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static string? Write(string operation, string filter, string? key)
    {
        if (key is null) return null;
        var bytes = new byte[FingerprintBytes + Strict.GetMaxByteCount(key.Length)];
        Fingerprint(operation, filter, bytes);
        var length = FingerprintBytes + Strict.GetBytes(key, bytes.AsSpan(FingerprintBytes));
        return Convert.ToBase64String(bytes, 0, length);
    }

    /// <summary>The key in the token; null without a token. A token that does not fit is a failed check.</summary>
    public static string? Read(string operation, string filter, string? token, MemberChecks checks)
    {
        if (token is null) return null;
        if (TryRead(operation, filter, token, out var key)) return key;
        checks.Fail("NextToken is not one of this operation with this filter");
        return null;
    }

    public static int Size(int? pageSize, MemberChecks checks, int min = 0, int max = MaxPageSize)
    {
        checks.Range(pageSize, "PageSize", min, max);
        return pageSize is null or 0 ? Math.Min(DefaultPageSize, max) : pageSize.Value;
    }

    /// <summary>The page after a key of a list that is in memory, in the ordinal order of its keys.</summary>
    public static Page<T> PageOf<T>(IReadOnlyList<T> all, Func<T, string> key, string? after, int pageSize)
    {
        var rest = after is null ? all : [.. all.Where(i => string.CompareOrdinal(key(i), after) > 0)];
        return rest.Count <= pageSize ? new(rest, null) : new([.. rest.Take(pageSize)], key(rest[pageSize - 1]));
    }

    /// <summary>A filter in a form that is the same whatever the order of its keys.</summary>
    public static string FilterText(IReadOnlyDictionary<string, string?>? filter) => filter is null
        ? ""
        : string.Join('\n', filter.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key}={f.Value}"));

    private static bool TryRead(string operation, string filter, string token, out string? key)
    {
        key = null;
        if (token.Length is 0 or > MaxLength) return false;
        var bytes = new byte[token.Length];
        if (!Convert.TryFromBase64String(token, bytes, out var length) || length <= FingerprintBytes) return false;
        Span<byte> expected = stackalloc byte[FingerprintBytes];
        Fingerprint(operation, filter, expected);
        if (!bytes.AsSpan(0, FingerprintBytes).SequenceEqual(expected)) return false;
        try
        {
            key = Strict.GetString(bytes, FingerprintBytes, length - FingerprintBytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    private static void Fingerprint(string operation, string filter, Span<byte> destination) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{operation}\0{filter}")).AsSpan(0, FingerprintBytes).CopyTo(destination);
}
