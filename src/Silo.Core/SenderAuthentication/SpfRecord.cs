using System.Globalization;

namespace Silo.Core.SenderAuthentication;

/// <summary>What a directive says of an address that it means.</summary>
public enum SpfQualifier
{
    Pass,
    Fail,
    SoftFail,
    Neutral,
}

public enum SpfMechanism
{
    All,
    Include,
    A,
    Mx,
    Ptr,
    Ip4,
    Ip6,
    Exists,
}

/// <summary>A mechanism with its qualifier (RFC 7208 4.6.1).</summary>
/// <param name="Text">As it stands in the record.</param>
/// <param name="Domain">With its macros; null for the domain of the record.</param>
/// <param name="Network">Of ip4 and ip6.</param>
/// <param name="PrefixV4">Leading bits that count, 0 to 32, of ip4, a and mx.</param>
/// <param name="PrefixV6">Leading bits that count, 0 to 128, of ip6, a and mx.</param>
public sealed record SpfDirective(
    string Text, SpfQualifier Qualifier, SpfMechanism Mechanism, string? Domain = null, IpNumber? Network = null, int PrefixV4 = 32,
    int PrefixV6 = 128);

/// <summary>A record of RFC 7208, read by its grammar (section 12).</summary>
/// <param name="Redirect">With its macros; null without one.</param>
/// <param name="Explanation">With its macros; null without one.</param>
public sealed record SpfRecord(IReadOnlyList<SpfDirective> Directives, string? Redirect, string? Explanation)
{
    private const string Version = "v=spf1";

    /// <summary>Whether a TXT record is one of SPF at all (RFC 7208 4.5).</summary>
    public static bool IsSpf(string text) =>
        text.StartsWith(Version, StringComparison.OrdinalIgnoreCase) && (text.Length == Version.Length || text[Version.Length] == ' ');

    /// <summary>The record, or the first slip in it: a sentence that names the term. One slip makes it all void (RFC 7208 4.6).</summary>
    public static (SpfRecord? Record, string? Fault) Parse(string text)
    {
        if (!IsSpf(text)) return (null, "It does not begin with v=spf1.");
        var directives = new List<SpfDirective>();
        string? redirect = null, explanation = null;
        foreach (var term in text[Version.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (term.AsSpan().ContainsAnyExceptInRange('!', '~')) return (null, $"'{Shown(term)}' has characters that are not ASCII.");
            var mark = term.AsSpan().IndexOfAny('=', ':', '/');
            if (mark > 0 && term[mark] == '=' && IsName(term.AsSpan(0, mark)))
            {
                var (name, value) = (term[..mark].ToLowerInvariant(), term[(mark + 1)..]);
                if (name is "redirect" or "exp")
                {
                    if (!SpfMacro.IsDomain(value)) return (null, $"'{Shown(term)}' names no domain.");
                    if ((name == "exp" ? explanation : redirect) is not null) return (null, $"{name} stands there twice.");
                    if (name == "exp") explanation = value;
                    else redirect = value;
                }
                else if (!SpfMacro.IsText(value))
                {
                    return (null, $"'{Shown(term)}' has a broken macro.");
                }

                continue;
            }

            if (Directive(term) is not { } directive) return (null, $"'{Shown(term)}' is no mechanism.");
            directives.Add(directive);
        }

        return (new SpfRecord(directives, redirect, explanation), null);
    }

    private static SpfDirective? Directive(string term)
    {
        SpfQualifier? given = term[0] switch
        {
            '+' => SpfQualifier.Pass, '-' => SpfQualifier.Fail, '~' => SpfQualifier.SoftFail, '?' => SpfQualifier.Neutral, _ => null,
        };
        var rest = given is null ? term : term[1..];
        var mark = rest.AsSpan().IndexOfAny(':', '/');
        var (name, argument) = mark < 0 ? (rest, "") : (rest[..mark], rest[mark..]);
        var directive = new SpfDirective(term, given ?? SpfQualifier.Pass, SpfMechanism.All);
        return name.ToLowerInvariant() switch
        {
            "all" => argument.Length == 0 ? directive : null,
            "include" => WithDomain(directive with { Mechanism = SpfMechanism.Include }, argument, isNeeded: true),
            "exists" => WithDomain(directive with { Mechanism = SpfMechanism.Exists }, argument, isNeeded: true),
            "ptr" => WithDomain(directive with { Mechanism = SpfMechanism.Ptr }, argument, isNeeded: false),
            "a" => WithNetworks(directive with { Mechanism = SpfMechanism.A }, argument),
            "mx" => WithNetworks(directive with { Mechanism = SpfMechanism.Mx }, argument),
            "ip4" => WithAddress(directive with { Mechanism = SpfMechanism.Ip4 }, argument, 32),
            "ip6" => WithAddress(directive with { Mechanism = SpfMechanism.Ip6 }, argument, 128),
            _ => null,
        };
    }

    private static SpfDirective? WithDomain(SpfDirective directive, string argument, bool isNeeded)
    {
        if (argument.Length == 0) return isNeeded ? null : directive;
        return argument[0] == ':' && SpfMacro.IsDomain(argument[1..]) ? directive with { Domain = argument[1..] } : null;
    }

    private static SpfDirective? WithNetworks(SpfDirective directive, string argument)
    {
        if (!TakePrefix(ref argument, "//", 128, out var v6) || !TakePrefix(ref argument, "/", 32, out var v4)) return null;
        return WithDomain(directive with { PrefixV4 = v4, PrefixV6 = v6 }, argument, isNeeded: false);
    }

    private static SpfDirective? WithAddress(SpfDirective directive, string argument, int bits)
    {
        if (argument is not [':', ..]) return null;
        var text = argument[1..];
        if (!TakePrefix(ref text, "/", bits, out var prefix) || text.Contains(':') != (bits == 128)) return null;
        if (!IpNumber.TryParse(text, out var network)) return null;
        // An IPv4 address in the form of IPv6 is IPv4, and so is its network.
        if (bits == 128 && !network.IsV6) return directive with { Network = network, PrefixV4 = Math.Max(0, prefix - 96) };
        return bits == 32
            ? directive with { Network = network, PrefixV4 = prefix }
            : directive with { Network = network, PrefixV6 = prefix };
    }

    /// <summary>Takes a length off the end, if there is one; false for one that is none: above the most, or with leading zeros.</summary>
    private static bool TakePrefix(ref string text, string mark, int most, out int prefix)
    {
        prefix = most;
        var at = text.LastIndexOf(mark, StringComparison.Ordinal);
        if (at < 0) return true;
        var digits = text.AsSpan(at + mark.Length);
        // A slash may stand in a macro, too.
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9')) return true;
        if (digits.Length > 3 || (digits.Length > 1 && digits[0] == '0')) return false;
        prefix = int.Parse(digits, CultureInfo.InvariantCulture);
        text = text[..at];
        return prefix <= most;
    }

    private static bool IsName(ReadOnlySpan<char> text)
    {
        if (!char.IsAsciiLetter(text[0])) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) return false;
        return true;
    }

    private static string Shown(string term) => term.Length <= 64 ? term : term[..64] + "…";
}
