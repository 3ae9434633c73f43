namespace Silo.Server.Accounts;

/// <summary>
/// Names of e-mail identities: a domain, or an address when the name holds an "@". Domains compare without case and are kept in lower
/// case; local parts keep theirs. Only ASCII: international domains come in their "xn--" form, local parts in 7 bit (SES SendEmail).
/// </summary>
public static class IdentityName
{
    public const int MaxLength = 320;
    public const int MaxDomainLength = 253;
    public const int MaxLocalPartLength = 64;
    private const int MaxLabelLength = 63;

    /// <summary>The name in the form it is stored under, or null when it is neither a domain nor an address.</summary>
    public static string? Normalize(string? name)
    {
        if (name is null || name.Length is 0 or > MaxLength) return null;
        var at = name.LastIndexOf('@');
        if (at < 0) return IsDomain(name) ? Lower(name) : null;
        return IsLocalPart(name.AsSpan(0, at)) && IsDomain(name.AsSpan(at + 1))
            ? string.Concat(name.AsSpan(0, at + 1), Lower(name[(at + 1)..]))
            : null;
    }

    public static bool IsAddress(string name) => name.Contains('@');

    /// <summary>
    /// Whether an identity allows mail from an address: an address itself, a domain all addresses at it and at its subdomains
    /// (docs.aws.amazon.com/ses/latest/dg/creating-identities.html).
    /// </summary>
    /// <param name="address">local@domain, without a display name.</param>
    public static bool Covers(string identity, string address)
    {
        if (IsAddress(identity)) return string.Equals(identity, address, StringComparison.OrdinalIgnoreCase);
        var domain = address.AsSpan(address.LastIndexOf('@') + 1);
        return domain.EndsWith(identity, StringComparison.OrdinalIgnoreCase)
            && (domain.Length == identity.Length || domain[^(identity.Length + 1)] == '.');
    }

    /// <summary>Two labels or more of letters, digits and inner hyphens (RFC 1123 2.1), the last one not all digits.</summary>
    public static bool IsDomain(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > MaxDomainLength) return false;
        var labels = 0;
        var lastIsNumber = false;
        foreach (var range in name.Split('.'))
        {
            var label = name[range];
            if (label.Length is 0 or > MaxLabelLength || label[0] == '-' || label[^1] == '-') return false;
            lastIsNumber = true;
            foreach (var c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c != '-') return false;
                lastIsNumber &= char.IsAsciiDigit(c);
            }

            labels++;
        }

        return labels >= 2 && !lastIsNumber;
    }

    // A dot-string of RFC 5321 4.1.2; quoted strings are not taken for identities.
    private static bool IsLocalPart(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxLocalPartLength || text[0] == '.' || text[^1] == '.') return false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '.' ? text[i - 1] == '.' : !char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-/=?^_`{|}~".Contains(c)) return false;
        }

        return true;
    }

    // Most names are in lower case already; those cost no copy.
    private static string Lower(string domain) => domain.AsSpan().ContainsAnyInRange('A', 'Z') ? domain.ToLowerInvariant() : domain;
}
