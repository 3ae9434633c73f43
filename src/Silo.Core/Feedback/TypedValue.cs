using System.Globalization;
using System.Text;

namespace Silo.Core.Feedback;

/// <summary>Values of the form "type; value", as reports write addresses, servers and diagnostics (RFC 3464 2.1.2).</summary>
internal static class TypedValue
{
    /// <summary>Type in lower case, empty when none is given, and the rest.</summary>
    public static (string Type, string Value) Split(string text)
    {
        var semicolon = text.IndexOf(';');
        // An address may hold one, a type holds nothing but letters, digits and hyphens.
        if (semicolon <= 0 || !text.AsSpan(0, semicolon).Trim().IsType()) return ("", text.Trim());
        return (text[..semicolon].Trim().ToLowerInvariant(), text[(semicolon + 1)..].Trim());
    }

    /// <summary>The address of such a value, or null when it holds none.</summary>
    public static string? Address(string? text)
    {
        if (text is null) return null;
        var (type, value) = Split(text);
        if (value.StartsWith('<') && value.EndsWith('>')) value = value[1..^1];
        value = type == "utf-8" ? FromUtf8Address(value) : FromXtext(value);
        return value.Length is >= 3 and <= Addresses.EmailAddress.MaxOctets && value.IndexOf('@') is > 0 and var at && at < value.Length - 1
            && !value.AsSpan().ContainsAny(" <>\r\n") ? value : null;
    }

    /// <summary>"+3D" is "=" (RFC 3461 4). An address with a plus of its own has no two capital hex digits behind it, as a rule.</summary>
    public static string FromXtext(string text)
    {
        if (!text.Contains('+')) return text;
        var decoded = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            // Only what must be encoded is taken for it: "+", "=" and what is not printable. An address "ann+20off@…" stays as it is.
            if (text[i] == '+' && i + 2 < text.Length && IsEncoded(text.AsSpan(i + 1, 2), out var c))
            {
                decoded.Append(c);
                i += 2;
            }
            else decoded.Append(text[i]);
        }

        return decoded.ToString();
    }

    private static bool IsEncoded(ReadOnlySpan<char> digits, out char c)
    {
        c = default;
        if (digits.ContainsAnyExcept("0123456789ABCDEF")) return false;
        c = (char)byte.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return c is '+' or '=';
    }

    /// <summary>"\x{e9}" is "é" (RFC 6533 3).</summary>
    private static string FromUtf8Address(string text)
    {
        if (!text.Contains("\\x{", StringComparison.Ordinal)) return text;
        var decoded = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var end = text.AsSpan(i).StartsWith("\\x{") ? text.IndexOf('}', i) : -1;
            if (end > 0 && end - i - 3 is > 0 and <= 6
                && int.TryParse(
                    text.AsSpan(i + 3, end - i - 3), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
                && Rune.IsValid(value) && !Rune.IsControl(new Rune(value)))
            {
                decoded.Append(new Rune(value));
                i = end + 1;
            }
            else decoded.Append(text[i++]);
        }

        return decoded.ToString();
    }

    private static bool IsType(this ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) return false;
        return true;
    }
}
