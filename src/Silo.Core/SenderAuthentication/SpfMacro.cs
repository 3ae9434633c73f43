using System.Text;

namespace Silo.Core.SenderAuthentication;

/// <summary>What macros of RFC 7208 section 7 stand for.</summary>
/// <param name="Sender">With its local part.</param>
/// <param name="Domain">Whose record it is.</param>
/// <param name="Hello">What the client said in EHLO.</param>
/// <param name="ValidatedName">A name of the address that leads back to it, or "unknown".</param>
internal sealed record SpfMacroValues(string Sender, string Domain, IpNumber Address, string Hello, string ValidatedName);

/// <summary>Texts with macros: read by the grammar of RFC 7208 section 12, and expanded (7.3).</summary>
internal static class SpfMacro
{
    private const int MaxNameLength = 253;
    private const string Delimiters = ".-+,/_=";

    /// <summary>Letters that a domain may use; c, r and t are for explanations.</summary>
    private const string Letters = "slodiphv";

    private const string LettersOfText = Letters + "crt";

    /// <summary>A domain-spec: it ends in a top label with a dot in front, or in a macro.</summary>
    public static bool IsDomain(string text)
    {
        if (!Read(text, Letters, null, out var endsInMacro)) return false;
        if (endsInMacro) return true;
        var name = text.AsSpan().TrimEnd('.');
        if (text.Length - name.Length > 1) return false;
        var dot = name.LastIndexOf('.');
        if (dot < 0) return false;
        var label = name[(dot + 1)..];
        if (label.IsEmpty || label[0] == '-' || label[^1] == '-' || !label.ContainsAnyExceptInRange('0', '9')) return false;
        foreach (var c in label)
            if (!char.IsAsciiLetterOrDigit(c) && c != '-') return false;
        return true;
    }

    public static bool IsText(string text) => text.Length == 0 || Read(text, LettersOfText, null, out _);

    /// <summary>The validated name is asked for, which takes questions of its own.</summary>
    public static bool NeedsValidatedName(string text) => text.Contains("%{p", StringComparison.OrdinalIgnoreCase);

    /// <summary>The name that a domain-spec means; what is too long loses labels on the left (RFC 7208 7.3).</summary>
    public static string Expand(string text, SpfMacroValues values)
    {
        var name = new StringBuilder();
        Read(text, Letters, (literal, macro) => name.Append(literal).Append(macro is null ? "" : Value(macro, values)), out _);
        var expanded = name.ToString().TrimEnd('.');
        while (expanded.Length > MaxNameLength && expanded.IndexOf('.') is >= 0 and var dot) expanded = expanded[(dot + 1)..];
        return expanded;
    }

    /// <summary>Goes through a text; false when it is none of the grammar.</summary>
    /// <param name="found">Told of each piece: literal text, then a macro without its braces, or null.</param>
    private static bool Read(string text, string letters, Action<string, string?>? found, out bool endsInMacro)
    {
        endsInMacro = false;
        for (var at = 0; at < text.Length;)
        {
            if (text[at] != '%')
            {
                if (text[at] is < '!' or > '~') return false;
                found?.Invoke(text[at].ToString(), null);
                (at, endsInMacro) = (at + 1, false);
                continue;
            }

            if (at + 1 >= text.Length) return false;
            if (text[at + 1] is '%' or '_' or '-')
            {
                found?.Invoke(text[at + 1] switch { '%' => "%", '_' => " ", _ => "%20" }, null);
                (at, endsInMacro) = (at + 2, true);
                continue;
            }

            var end = text.IndexOf('}', at);
            if (text[at + 1] != '{' || end < 0 || !IsMacro(text.AsSpan(at + 2, end - at - 2), letters)) return false;
            found?.Invoke("", text[(at + 2)..end]);
            (at, endsInMacro) = (end + 1, true);
        }

        return text.Length > 0;
    }

    private static bool IsMacro(ReadOnlySpan<char> macro, string letters)
    {
        if (macro.IsEmpty || !letters.Contains(char.ToLowerInvariant(macro[0]), StringComparison.Ordinal)) return false;
        var rest = macro[1..];
        var digits = rest.IndexOfAnyExceptInRange('0', '9') is >= 0 and var end ? end : rest.Length;
        if (digits > 3 || (digits > 0 && !rest[..digits].ContainsAnyExcept('0'))) return false;
        rest = rest[digits..];
        if (rest is ['r' or 'R', ..]) rest = rest[1..];
        return !rest.ContainsAnyExcept(Delimiters);
    }

    private static string Value(string macro, SpfMacroValues values)
    {
        var at = values.Sender.LastIndexOf('@');
        var value = char.ToLowerInvariant(macro[0]) switch
        {
            's' => values.Sender,
            'l' => values.Sender[..at],
            'o' => values.Sender[(at + 1)..],
            'd' => values.Domain,
            'i' => values.Address.ToDotted(),
            'p' => values.ValidatedName,
            'v' => values.Address.IsV6 ? "ip6" : "in-addr",
            _ => values.Hello,
        };
        var rest = macro.AsSpan(1);
        var digits = rest.IndexOfAnyExceptInRange('0', '9') is >= 0 and var end ? end : rest.Length;
        var isReversed = rest[digits..] is ['r' or 'R', ..];
        var delimiters = rest[(digits + (isReversed ? 1 : 0))..].ToString();
        if (digits > 0 || isReversed || delimiters.Length > 0)
        {
            var parts = value.Split((delimiters.Length == 0 ? "." : delimiters).ToCharArray());
            if (isReversed) Array.Reverse(parts);
            if (digits > 0) parts = parts[^Math.Min(parts.Length, int.Parse(rest[..digits]))..];
            value = string.Join('.', parts);
        }

        return char.IsAsciiLetterUpper(macro[0]) ? Uri.EscapeDataString(value) : value;
    }
}
