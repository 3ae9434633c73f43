namespace Silo.Core.Blocklists;

/// <summary>What the lists say of their own codes, for those that are asked most. Others are taken by the rules of RFC 5782.</summary>
public static class KnownZones
{
    /// <summary>Lists of Spamhaus are asked with a customer's key below this name (Spamhaus Data Query Service).</summary>
    public const string KeyedSuffix = ".dq.spamhaus.net";

    // docs.spamhaus.com, "Available zones": SBL, CSS, XBL, DROP, PBL and BCL.
    private static readonly string[] SpamhausAddresses = ["127.0.0.2-127.0.0.11", "127.0.0.30"];

    private static readonly Dictionary<string, Known> All = new(StringComparer.Ordinal)
    {
        ["zen.spamhaus.org"] = new(BlocklistKind.Addresses, SpamhausAddresses),
        ["sbl.spamhaus.org"] = new(BlocklistKind.Addresses, SpamhausAddresses),
        ["xbl.spamhaus.org"] = new(BlocklistKind.Addresses, SpamhausAddresses),
        ["sbl-xbl.spamhaus.org"] = new(BlocklistKind.Addresses, SpamhausAddresses),
        ["pbl.spamhaus.org"] = new(BlocklistKind.Addresses, SpamhausAddresses),
        // 127.0.1.255 is the answer to a question about an address.
        ["dbl.spamhaus.org"] = new(BlocklistKind.Domains, ["127.0.1.2-127.0.1.254"]),
        ["zrd.spamhaus.org"] = new(BlocklistKind.Domains, ["127.0.2.2-127.0.2.254"]),
        ["bl.spamcop.net"] = new(BlocklistKind.Addresses, ["127.0.0.2"]),
        ["b.barracudacentral.org"] = new(BlocklistKind.Addresses, ["127.0.0.2"]),
        ["psbl.surriel.com"] = new(BlocklistKind.Addresses, ["127.0.0.2"]),
        // Bits; 1 is a refusal.
        ["multi.surbl.org"] = new(BlocklistKind.Domains, ["127.0.0.2-127.0.0.254"], "test.surbl.org"),
        ["multi.uribl.com"] = new(BlocklistKind.Domains, ["127.0.0.2-127.0.0.254"], "test.uribl.com"),
        ["black.uribl.com"] = new(BlocklistKind.Domains, ["127.0.0.2-127.0.0.254"], "test.uribl.com"),
    };

    /// <param name="name">Lower case, without a final dot.</param>
    /// <param name="key">Of the operator, for lists below <see cref="KeyedSuffix"/>.</param>
    public static BlocklistZone Of(string name, string? key)
    {
        var isKeyed = name.EndsWith(KeyedSuffix, StringComparison.Ordinal);
        var known = All.GetValueOrDefault(isKeyed ? name[..^KeyedSuffix.Length] + ".spamhaus.org" : name);
        return new BlocklistZone
        {
            Name = name, QueryName = isKeyed && key is not null ? $"{key}.{name}" : name, Kind = known?.Kind ?? BlocklistKind.Addresses,
            Listed = [.. (known?.Codes ?? []).Select(Range)], TestDomain = known?.TestDomain ?? "test",
        };
    }

    private static CodeRange Range(string text) => CodeRange.TryParse(text, out var range) ? range : throw new FormatException(text);

    private sealed record Known(BlocklistKind Kind, string[] Codes, string TestDomain = "test");
}
