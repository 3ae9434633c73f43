using Silo.Core.Messages;
using Silo.Server.PublicWeb;

namespace Silo.Server.Lists;

/// <summary>
/// Unsubscribing by a mail (RFC 2369 3.2), for mail programs that know no one-click: one address for all, and the same token as in the link
/// as the subject. Comes to the listener for reports.
/// </summary>
/// <param name="domain">Of return paths, whose MX record leads to the listener; null where there is none, or it is not wanted.</param>
internal sealed class UnsubscribeMail(LinkTokens tokens, string? domain)
{
    private const string LocalPart = "unsubscribe";
    private const int MaxWords = 20;

    private readonly string? _address = domain is null ? null : $"{LocalPart}@{domain.ToLowerInvariant()}";

    /// <summary>What stands in List-Unsubscribe, without angle brackets; null where no mail is taken.</summary>
    public string? UriOf(string token) => _address is null ? null : $"mailto:{_address}?subject={token}";

    public bool IsFor(string recipient) => _address is not null && _address.Equals(recipient, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whose wish a mail is; null when its subject holds nothing that was given out here.</summary>
    public UnsubscribeLink? Read(ReadOnlyMemory<byte> message)
    {
        foreach (var header in MessageHeaders.Read(message.Span))
        {
            if (!header.Name.Equals("Subject", StringComparison.OrdinalIgnoreCase)) continue;
            // A program may write words in front of it, as "Re:".
            var words = header.Value.Split((char[]?)null, MaxWords + 1, StringSplitOptions.RemoveEmptyEntries);
            foreach (var word in words.Take(MaxWords))
                if (UnsubscribeLink.TryRead(tokens, word, out var link)) return link;
            // Or break it where a line is full.
            return UnsubscribeLink.TryRead(tokens, string.Concat(words), out var whole) ? whole : null;
        }

        return null;
    }
}
