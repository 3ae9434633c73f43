using System.Collections.Frozen;

namespace Silo.Core.Addresses;

/// <summary>What an address tells by itself, without anybody being asked.</summary>
public static class AddressTraits
{
    // RFC 2142, and what is usual besides. Nobody in particular reads mail to these.
    private static readonly FrozenSet<string> Roles = new[]
    {
        "abuse", "accounting", "accounts", "admin", "administrator", "all", "billing", "careers", "contact", "customerservice", "dev",
        "devnull", "dns", "enquiries", "everyone", "feedback", "finance", "ftp", "help", "helpdesk", "hostmaster", "hr", "info", "inquiries",
        "investorrelations", "invoice", "invoices", "it", "jobs", "legal", "list", "list-request", "mail", "mailer-daemon", "maildaemon",
        "marketing", "media", "news", "newsletter", "no-reply", "nobody", "noc", "noreply", "office", "orders", "phish", "phishing",
        "postmaster", "press", "privacy", "purchasing", "recruiting", "registrar", "reception", "root", "sales", "security", "service",
        "services", "shop", "spam", "subscribe", "support", "sysadmin", "team", "tech", "undisclosed-recipients", "unsubscribe", "usenet",
        "uucp", "webadmin", "webmaster", "www",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Services whose addresses are thrown away after use, by the names that they are best known by. There are thousands more.
    private static readonly FrozenSet<string> Disposable = new[]
    {
        "10minutemail.com", "10minutemail.net", "20minutemail.com", "33mail.com", "anonbox.net", "burnermail.io", "deadaddress.com",
        "discard.email", "discardmail.com", "dispostable.com", "emailondeck.com", "fakeinbox.com", "fakemail.net", "filzmail.com",
        "getairmail.com", "getnada.com", "grr.la", "guerrillamail.biz", "guerrillamail.com", "guerrillamail.de", "guerrillamail.info",
        "guerrillamail.net", "guerrillamail.org", "guerrillamailblock.com", "harakirimail.com", "inboxkitten.com", "jetable.org",
        "mail-temporaire.fr", "mailcatch.com", "maildrop.cc", "mailexpire.com", "mailinator.com", "mailinator.net", "mailinator2.com",
        "mailnesia.com", "mailnull.com", "mailsac.com", "mintemail.com", "moakt.com", "mohmal.com", "mytemp.email", "mytrashmail.com",
        "nada.email", "nowmymail.com", "sharklasers.com", "spam4.me", "spambog.com", "spambox.us", "spamdecoy.net", "spamex.com",
        "spamgourmet.com", "spamspot.com", "temp-mail.io", "temp-mail.org", "tempail.com", "tempinbox.com", "tempmail.com", "tempmail.net",
        "tempmailaddress.com", "tempmailo.com", "tempr.email", "throwawaymail.com", "trash-mail.com", "trashmail.com", "trashmail.de",
        "trashmail.me", "trashmail.net", "wegwerfmail.de", "wegwerfmail.net", "yopmail.com", "yopmail.fr", "yopmail.net",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly string[] KeyboardRows = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop"];

    // Letters in a row without a vowel from which on nobody can speak it; "y" counts as one.
    private const int Unspeakable = 7;
    private const int KeyboardRun = 5;
    private const int SameLetterRun = 5;

    /// <summary>The local part stands for a function, not for a person. What follows a plus sign does not count.</summary>
    public static bool IsRole(string localPart)
    {
        var plus = localPart.IndexOf('+');
        return Roles.Contains(plus > 0 ? localPart[..plus] : localPart);
    }

    /// <summary>The domain, or one above it, is known for addresses that are thrown away.</summary>
    public static bool IsDisposable(string domain)
    {
        var lookup = Disposable.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var rest = domain.AsSpan(); ;)
        {
            if (lookup.Contains(rest)) return true;
            var dot = rest.IndexOf('.');
            if (dot < 0) return false;
            rest = rest[(dot + 1)..];
        }
    }

    /// <summary>Signs that somebody typed anything at all: 0 for none, 1 for one, 2 for several.</summary>
    public static int RandomSigns(string localPart)
    {
        var text = localPart.ToLowerInvariant();
        var signs = 0;
        if (LongestRun(text, c => char.IsAsciiLetter(c) && !"aeiouy".Contains(c)) >= Unspeakable) signs++;
        if (HasKeyboardRun(text)) signs++;
        if (HasSameLetterRun(text)) signs++;
        // Letters and digits in turn: x7k2q9.
        if (Changes(text) >= 5) signs++;
        return Math.Min(signs, 2);
    }

    private static int LongestRun(string text, Func<char, bool> belongs)
    {
        var (longest, run) = (0, 0);
        foreach (var c in text) longest = Math.Max(longest, run = belongs(c) ? run + 1 : 0);
        return longest;
    }

    private static bool HasKeyboardRun(string text)
    {
        for (var i = 0; i + KeyboardRun <= text.Length; i++)
        {
            var part = text.AsSpan(i, KeyboardRun);
            foreach (var row in KeyboardRows)
                if (row.AsSpan().Contains(part, StringComparison.Ordinal)) return true;
        }

        return false;
    }

    private static bool HasSameLetterRun(string text)
    {
        var run = 1;
        for (var i = 1; i < text.Length; i++)
        {
            run = text[i] == text[i - 1] ? run + 1 : 1;
            if (run >= SameLetterRun && char.IsAsciiLetter(text[i])) return true;
        }

        return false;
    }

    private static int Changes(string text)
    {
        var changes = 0;
        for (var i = 1; i < text.Length; i++)
            if (char.IsAsciiDigit(text[i]) != char.IsAsciiDigit(text[i - 1]) && char.IsAsciiLetterOrDigit(text[i - 1])
                && char.IsAsciiLetterOrDigit(text[i])) changes++;
        return changes;
    }
}
