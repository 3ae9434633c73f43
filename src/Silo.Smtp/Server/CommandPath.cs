using System.Text;

namespace Silo.Smtp.Server;

/// <summary>The path of MAIL and RCPT, and what follows it (RFC 5321 4.1.2, 4.1.1.11).</summary>
/// <param name="Address">Without angle brackets and source route; empty for the null path.</param>
/// <param name="Parameters">Names in capitals, with their values.</param>
internal sealed record CommandPath(string Address, IReadOnlyList<(string Name, string? Value)> Parameters)
{
    private const int MaxParameters = 10;

    /// <summary>Null when it is not of the form.</summary>
    /// <param name="text">What stands behind "FROM:" or "TO:".</param>
    public static CommandPath? Parse(string text)
    {
        // Some senders put a blank there.
        text = text.TrimStart(' ');
        if (!text.StartsWith('<') || EndOf(text) is not (> 0 and var end)) return null;
        var address = text[1..end];
        if (address.StartsWith('@') && address.IndexOf(':') is > 0 and var route) address = address[(route + 1)..];
        if (Encoding.UTF8.GetByteCount(address) > Client.SmtpLimits.AddressBytes) return null;
        var rest = text[(end + 1)..];
        if (rest.Length > 0 && rest[0] != ' ') return null;
        var words = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length > MaxParameters) return null;
        return new CommandPath(address, [.. words.Select(Parameter)]);
    }

    /// <summary>Where the path ends: a quoted local part may hold a bracket.</summary>
    private static int EndOf(string text)
    {
        var quoted = false;
        for (var i = 1; i < text.Length; i++)
        {
            if (quoted && text[i] == '\\') i++;
            else if (text[i] == '"') quoted = !quoted;
            else if (!quoted && text[i] == '>') return i;
            else if (!quoted && text[i] is ' ' or '<') return -1;
        }

        return -1;
    }

    private static (string, string?) Parameter(string word)
    {
        var equals = word.IndexOf('=');
        return equals < 0 ? (word.ToUpperInvariant(), null) : (word[..equals].ToUpperInvariant(), word[(equals + 1)..]);
    }
}
