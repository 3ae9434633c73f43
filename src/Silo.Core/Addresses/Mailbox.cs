using System.Diagnostics.CodeAnalysis;

namespace Silo.Core.Addresses;

/// <summary>An address with the name that mail programs show beside it (RFC 5322 3.4).</summary>
/// <param name="DisplayName">Decoded text without control characters; null for a bare address.</param>
/// <param name="Address">The address itself.</param>
public sealed record Mailbox(string? DisplayName, EmailAddress Address)
{
    /// <summary>Characters of one mailbox as a caller gives it, name and address together.</summary>
    public const int MaxCharacters = 2_048;

    /// <summary>Characters of one address header, unfolded.</summary>
    public const int MaxListCharacters = 65_536;

    /// <summary>Mailboxes of one address header.</summary>
    public const int MaxListCount = 1_000;

    /// <summary>One mailbox: <c>a@b</c>, <c>&lt;a@b&gt;</c>, <c>Name &lt;a@b&gt;</c>, with quoted names, encoded words and comments.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Mailbox? mailbox) => TryParse(text, false, out mailbox);

    /// <param name="text">The mailbox; names may hold any Unicode text.</param>
    /// <param name="allowUtf8">As for <see cref="EmailAddress.TryParse(string?, bool, out EmailAddress?)"/>.</param>
    /// <param name="mailbox">The mailbox, or null.</param>
    public static bool TryParse(string? text, bool allowUtf8, [NotNullWhen(true)] out Mailbox? mailbox)
    {
        mailbox = null;
        if (text is null || text.Length is 0 or > MaxCharacters || AddressReader.HasForbiddenCharacter(text)) return false;
        if (EmailAddress.TryParse(text, allowUtf8, out var bare))
        {
            mailbox = new Mailbox(null, bare);
            return true;
        }

        var reader = new AddressReader(text, allowUtf8);
        if (reader.TryReadMailboxOrGroup(groupAllowed: false, out var read) && reader.AtEnd) mailbox = read;
        return mailbox is not null;
    }

    /// <summary>The mailboxes of an address header, those of groups among them; a list may be empty (<c>undisclosed-recipients:;</c>).</summary>
    public static bool TryParseList(string? header, out IReadOnlyList<Mailbox> mailboxes) => TryParseList(header, false, out mailboxes);

    /// <inheritdoc cref="TryParseList(string?, out IReadOnlyList{Mailbox})"/>
    public static bool TryParseList(string? header, bool allowUtf8, out IReadOnlyList<Mailbox> mailboxes)
    {
        mailboxes = [];
        if (header is null || header.Length > MaxListCharacters || AddressReader.HasForbiddenCharacter(header)) return false;
        var list = new List<Mailbox>();
        var reader = new AddressReader(header, allowUtf8);
        var inGroup = false;
        while (true)
        {
            if (!reader.SkipBlanks()) return false;
            if (reader.TryTake(',')) continue; // Empty elements are obsolete syntax that a reader must take (RFC 5322 4.4).
            if (inGroup && reader.TryTake(';'))
            {
                inGroup = false;
            }
            else
            {
                if (reader.AtEnd) break;
                if (!reader.TryReadMailboxOrGroup(groupAllowed: !inGroup, out var mailbox)) return false;
                if (mailbox is null)
                {
                    inGroup = true;
                    continue;
                }

                if (list.Count == MaxListCount) return false;
                list.Add(mailbox);
                if (inGroup && !reader.AtEnd && reader.Current == ';') continue;
            }

            if (!reader.SkipBlanks()) return false;
            if (!reader.AtEnd && reader.Current is not ',') return false;
        }

        if (inGroup) return false;
        mailboxes = list;
        return true;
    }

    /// <summary>The name in quotes where it needs them, and the address in angle brackets; for logs and events, not for the wire.</summary>
    public override string ToString() => DisplayName is null ? Address.ToString() : $"{EmailAddress.Quote(DisplayName)} <{Address}>";
}
