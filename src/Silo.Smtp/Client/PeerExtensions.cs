using System.Globalization;

namespace Silo.Smtp.Client;

/// <summary>What a server offered in its answer to EHLO; all off after HELO.</summary>
public sealed record PeerExtensions
{
    public static PeerExtensions None { get; } = new();

    public bool Pipelining { get; init; }

    public bool EightBitMime { get; init; }

    public bool SmtpUtf8 { get; init; }

    public bool StartTls { get; init; }

    public bool Size { get; init; }

    /// <summary>The largest message in bytes; null when the server names none (RFC 1870 3).</summary>
    public long? MaxSizeBytes { get; init; }

    public bool AuthPlain { get; init; }

    public bool AuthLogin { get; init; }

    /// <param name="lines">The lines of the reply without code; the first one is the greeting and is skipped.</param>
    internal static PeerExtensions Parse(IReadOnlyList<string> lines)
    {
        var found = new PeerExtensions();
        for (var i = 1; i < lines.Count; i++)
        {
            // "AUTH=LOGIN" is the form of servers older than RFC 4954.
            var words = lines[i].Split([' ', '=', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            found = words[0].ToUpperInvariant() switch
            {
                "PIPELINING" => found with { Pipelining = true },
                "8BITMIME" => found with { EightBitMime = true },
                "SMTPUTF8" => found with { SmtpUtf8 = true },
                "STARTTLS" => found with { StartTls = true },
                "SIZE" => found with { Size = true, MaxSizeBytes = Limit(words) },
                "AUTH" => found with
                {
                    AuthPlain = found.AuthPlain || Has(words, "PLAIN"),
                    AuthLogin = found.AuthLogin || Has(words, "LOGIN"),
                },
                _ => found,
            };
        }

        return found;
    }

    private static long? Limit(string[] words) =>
        words.Length > 1 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes > 0
            ? bytes
            : null;

    private static bool Has(string[] words, string mechanism) => words.Skip(1).Contains(mechanism, StringComparer.OrdinalIgnoreCase);
}
