using System.Globalization;
using System.Text;

namespace Silo.Core.Addresses;

/// <summary>Rules of mail domains: dot-separated labels of letters, digits and hyphens (RFC 5321 4.1.2, RFC 1035 2.3.4).</summary>
public static class DomainName
{
    public const int MaxOctets = 255;
    private const int MaxLabelOctets = 63;
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    /// <summary>Lower-cases the domain; U-labels become Punycode (RFC 5890) where <paramref name="allowUnicode"/>, else they are refused.</summary>
    public static bool TryNormalize(ReadOnlySpan<char> text, bool allowUnicode, out string domain)
    {
        domain = "";
        if (text.Length is 0 or > MaxOctets) return false;
        if (Ascii.IsValid(text)) return IsHostName(text) && Lower(text, out domain);
        if (!allowUnicode) return false;
        try
        {
            domain = Idn.GetAscii(text.ToString().ToLowerInvariant()).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return false; // No Try form exists that answers an invalid label without throwing.
        }

        return IsHostName(domain);
    }

    // Address literals ([192.0.2.1]) are not names: mail to them would reach hosts that no MX record vouches for.
    private static bool IsHostName(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxOctets) return false;
        var labelStart = 0;
        var numeric = true;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] != '.')
            {
                if (!char.IsAsciiLetterOrDigit(text[i]) && text[i] != '-') return false;
                numeric &= char.IsAsciiDigit(text[i]);
                continue;
            }

            var label = text[labelStart..i];
            if (label.Length is 0 or > MaxLabelOctets || label[0] == '-' || label[^1] == '-') return false;
            if (i == text.Length) return !numeric; // A name that ends in digits only is an IP address (RFC 3696 2).
            labelStart = i + 1;
            numeric = true;
        }

        return false;
    }

    private static bool Lower(ReadOnlySpan<char> text, out string domain)
    {
        domain = string.Create(text.Length, text, static (span, source) => source.ToLowerInvariant(span));
        return true;
    }
}
