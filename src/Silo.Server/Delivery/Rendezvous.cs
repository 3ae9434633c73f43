using System.Text;

namespace Silo.Server.Delivery;

/// <summary>
/// Rendezvous hashing: mail keeps its source when sources of other mail come and go. The same in every process, which string.GetHashCode is
/// not.
/// </summary>
internal static class Rendezvous
{
    private const ulong Offset = 14_695_981_039_346_656_037UL;
    private const ulong Prime = 1_099_511_628_211UL;

    /// <summary>What a tenant's mail to a domain is known by, whatever the domain's case.</summary>
    public static ulong Of(string tenantName, ReadOnlySpan<char> domain)
    {
        var hash = Add(Add(Offset, tenantName), "\n");
        foreach (var rune in domain.EnumerateRunes()) hash = Add(hash, Rune.ToLowerInvariant(rune));
        return Add(hash, "\n");
    }

    /// <summary>The mail goes by the source of the highest weight.</summary>
    public static ulong Weight(ulong mail, string source)
    {
        var hash = Add(mail, source);
        // Its high bits hardly mix by themselves.
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdUL;
        return hash ^ (hash >> 33);
    }

    // FNV-1a over UTF-8.
    private static ulong Add(ulong hash, ReadOnlySpan<char> text)
    {
        foreach (var rune in text.EnumerateRunes()) hash = Add(hash, rune);
        return hash;
    }

    private static ulong Add(ulong hash, Rune rune)
    {
        if (rune.IsAscii) return (hash ^ (ulong)rune.Value) * Prime;
        Span<byte> octets = stackalloc byte[4];
        foreach (var octet in octets[..rune.EncodeToUtf8(octets)]) hash = (hash ^ octet) * Prime;
        return hash;
    }
}
