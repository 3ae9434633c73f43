using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Silo.Core.Addresses;

/// <summary>
/// A mail address in canonical form (RFC 5321 4.1.2, RFC 5322 3.4.1), so that equal addresses are equal records. Address literals
/// and comments are not part of it. Only <see cref="TryParse(string?, out EmailAddress?)"/> checks; the constructor does not.
/// </summary>
/// <param name="LocalPart">As it stands before the @: a dot-atom, or a quoted string where one is needed. 1 to 64 octets, case kept.</param>
/// <param name="Domain">Lower case, Punycode; 1 to 255 octets.</param>
public sealed record EmailAddress(string LocalPart, string Domain)
{
    /// <summary>Octets of a local part (RFC 5321 4.5.3.1.1).</summary>
    public const int MaxLocalPartOctets = 64;

    /// <summary>Octets of a whole address: a path of 256 without its angle brackets (RFC 5321 4.5.3.1.3).</summary>
    public const int MaxOctets = 254;

    private const string AtextSymbols = "!#$%&'*+-/=?^_`{|}~";

    /// <summary>False for a local part that leaves by SMTPUTF8 only (RFC 6531).</summary>
    public bool IsAscii => Ascii.IsValid(LocalPart);

    /// <summary>As SES takes addresses: local part 7-bit ASCII, domain ASCII (IDN in Punycode).</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out EmailAddress? address) => TryParse(text, false, out address);

    /// <param name="text">An addr-spec without display name, angle brackets, comments or surrounding blanks.</param>
    /// <param name="allowUtf8">The local part may hold UTF-8 (RFC 6532), and U-labels of the domain are converted to Punycode.</param>
    /// <param name="address">The address, or null.</param>
    public static bool TryParse(string? text, bool allowUtf8, [NotNullWhen(true)] out EmailAddress? address)
    {
        address = null;
        if (text is null || text.Length is < 3 or > MaxOctets) return false;
        var at = text[0] == '"' ? EndOfQuotedString(text) : text.IndexOf('@');
        if (at <= 0 || at >= text.Length - 1 || text[at] != '@') return false;
        if (!TryCanonicalize(text.AsSpan(0, at), allowUtf8, out var local)) return false;
        if (!DomainName.TryNormalize(text.AsSpan(at + 1), allowUtf8, out var domain)) return false;
        var localOctets = Encoding.UTF8.GetByteCount(local);
        if (localOctets > MaxLocalPartOctets || localOctets + 1 + domain.Length > MaxOctets) return false;
        address = new EmailAddress(local, domain);
        return true;
    }

    public override string ToString() => LocalPart + "@" + Domain;

    internal static bool IsAtext(char c) => char.IsAsciiLetterOrDigit(c) || AtextSymbols.Contains(c);

    /// <summary>Index behind the closing quote, or -1. The text starts with a quote.</summary>
    private static int EndOfQuotedString(string text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '\\') i++;
            else if (text[i] == '"') return i + 1 < text.Length ? i + 1 : -1;
        }

        return -1;
    }

    private static bool TryCanonicalize(ReadOnlySpan<char> text, bool allowUtf8, out string local)
    {
        local = "";
        if (text[0] != '"')
        {
            if (!IsDotAtom(text, allowUtf8)) return false;
            local = text.ToString();
            return true;
        }

        var content = new StringBuilder(text.Length);
        for (var i = 1; i < text.Length - 1; i++)
        {
            if (text[i] == '\\' && ++i == text.Length - 1) return false;
            // QcontentSMTP: printable ASCII and blanks only, also behind a backslash.
            if (text[i] is < ' ' or '\x7f' || (text[i] > '\x7f' && !allowUtf8)) return false;
            content.Append(text[i]);
        }

        var plain = content.ToString();
        if (!IsWellFormed(plain)) return false;
        local = plain.Length > 0 && IsDotAtom(plain, allowUtf8) ? plain : Quote(plain);
        return true;
    }

    internal static string Quote(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";

    private static bool IsDotAtom(ReadOnlySpan<char> text, bool allowUtf8)
    {
        if (text[0] == '.' || text[^1] == '.') return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '.' ? text[i - 1] == '.' : text[i] < '\x80' ? !IsAtext(text[i]) : !allowUtf8) return false;
        }

        return Ascii.IsValid(text) || IsWellFormed(text);
    }

    /// <summary>No half surrogate pairs, and nothing invisible or controlling beyond ASCII.</summary>
    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar) return false;
            if (rune.IsAscii) continue;
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator) return false;
        }

        return true;
    }
}
