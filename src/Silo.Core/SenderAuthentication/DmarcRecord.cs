using System.Globalization;

namespace Silo.Core.SenderAuthentication;

/// <summary>What is asked of who gets mail that is not authenticated.</summary>
public enum DmarcPolicy
{
    None,
    Quarantine,
    Reject,
}

/// <summary>Where reports are to go.</summary>
/// <param name="Uri">As "mailto:dmarc@example.com"; other schemes are allowed, and nobody uses them.</param>
/// <param name="MaxBytes">Reports above it are not wanted; null for no limit.</param>
public sealed record DmarcReportAddress(string Uri, long? MaxBytes);

/// <summary>
/// A record at <c>_dmarc</c> (RFC 7489 6.3; <c>np</c>, <c>psd</c> and <c>t</c> of its successor). What has no sense in a tag other than
/// <c>v</c> and <c>p</c> is passed over, as receivers do, and told in <see cref="Slips"/>.
/// </summary>
public sealed record DmarcRecord
{
    private const string Version = "DMARC1";

    public required DmarcPolicy Policy { get; init; }

    /// <summary>Of domains below it that have no record of their own; without <c>sp</c> as <see cref="Policy"/>.</summary>
    public required DmarcPolicy SubdomainPolicy { get; init; }

    /// <summary>Of domains below it that do not exist; without <c>np</c> as <see cref="SubdomainPolicy"/>.</summary>
    public required DmarcPolicy NonexistentPolicy { get; init; }

    /// <summary><c>adkim=s</c>: a signature counts when it is of the very domain of From.</summary>
    public bool IsDkimStrict { get; init; }

    /// <summary><c>aspf=s</c>: SPF counts when the return path is of the very domain of From.</summary>
    public bool IsSpfStrict { get; init; }

    /// <summary>Of how much mail the policy holds, 0 to 100.</summary>
    public int Percent { get; init; } = 100;

    /// <summary><c>t=y</c>: the policy is only tried out.</summary>
    public bool IsTest { get; init; }

    /// <summary>Seconds between aggregate reports.</summary>
    public long ReportInterval { get; init; } = 86_400;

    /// <summary>Where aggregate reports go.</summary>
    public IReadOnlyList<DmarcReportAddress> AggregateReports { get; init; } = [];

    /// <summary>Where reports of single failures go.</summary>
    public IReadOnlyList<DmarcReportAddress> FailureReports { get; init; } = [];

    /// <summary>Sentences about what was passed over.</summary>
    public IReadOnlyList<string> Slips { get; init; } = [];

    /// <summary>Whether a TXT record is one of DMARC at all: the version stands first (RFC 7489 6.6.3).</summary>
    public static bool IsDmarc(string text)
    {
        var first = text.Split(';')[0];
        var equals = first.IndexOf('=');
        return equals > 0 && first[..equals].Trim(' ', '\t') == "v" && first[(equals + 1)..].Trim(' ', '\t') == Version;
    }

    /// <summary>The record, or why it is none that holds: a sentence.</summary>
    public static (DmarcRecord? Record, string? Fault) Parse(string text)
    {
        if (!IsDmarc(text)) return (null, "It does not begin with v=DMARC1.");
        var tags = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var slips = new List<string>();
        foreach (var part in text.Split(';').Skip(1))
        {
            if (part.Trim(' ', '\t').Length == 0) continue;
            var equals = part.IndexOf('=');
            if (equals <= 0) slips.Add($"'{Shown(part.Trim(' ', '\t'))}' is no tag.");
            else if (!tags.TryAdd(part[..equals].Trim(' ', '\t'), part[(equals + 1)..].Trim(' ', '\t')))
                slips.Add($"{Shown(part[..equals].Trim(' ', '\t'))} stands there twice; the first counts.");
        }

        var reports = Addresses("rua");
        if (Policy("p", null) is not { } policy)
        {
            // A record that only asks for reports is one of p=none (RFC 7489 6.6.3).
            if (reports.Count == 0) return (null, tags.TryGetValue("p", out var p) ? $"'p={Shown(p)}' is no policy." : "It has no policy.");
            policy = DmarcPolicy.None;
            slips.Add("It has no policy that there is, and counts as p=none since it asks for reports.");
        }

        var below = Policy("sp", policy) ?? Passed("sp", policy);
        return (new DmarcRecord
        {
            Policy = policy, SubdomainPolicy = below, NonexistentPolicy = Policy("np", below) ?? Passed("np", below),
            IsDkimStrict = Word("adkim", "r", "s") == "s", IsSpfStrict = Word("aspf", "r", "s") == "s", IsTest = Word("t", "n", "y") == "y",
            Percent = (int)Number("pct", 100, 100), ReportInterval = Number("ri", 86_400, uint.MaxValue),
            AggregateReports = reports, FailureReports = Addresses("ruf"), Slips = slips,
        }, null);

        DmarcPolicy? Policy(string tag, DmarcPolicy? missing)
        {
            if (!tags.TryGetValue(tag, out var value)) return missing;
            return value.ToLowerInvariant() switch
            {
                "none" => DmarcPolicy.None, "quarantine" => DmarcPolicy.Quarantine, "reject" => DmarcPolicy.Reject, _ => null,
            };
        }

        T Passed<T>(string tag, T instead)
        {
            slips.Add($"'{tag}={Shown(tags[tag])}' has no sense and is passed over.");
            return instead;
        }

        string Word(string tag, string usual, string other)
        {
            if (!tags.TryGetValue(tag, out var value) || value.Equals(usual, StringComparison.OrdinalIgnoreCase)) return usual;
            return value.Equals(other, StringComparison.OrdinalIgnoreCase) ? other : Passed(tag, usual);
        }

        long Number(string tag, long usual, long most)
        {
            if (!tags.TryGetValue(tag, out var value)) return usual;
            return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most
                ? number
                : Passed(tag, usual);
        }

        List<DmarcReportAddress> Addresses(string tag)
        {
            var found = new List<DmarcReportAddress>();
            if (!tags.TryGetValue(tag, out var value)) return found;
            foreach (var each in value.Split(','))
            {
                if (Address(each.Trim(' ', '\t')) is { } address) found.Add(address);
                else slips.Add($"'{Shown(each.Trim(' ', '\t'))}' of {tag} is no address for reports.");
            }

            return found;
        }
    }

    private static DmarcReportAddress? Address(string text)
    {
        long? most = null;
        var mark = text.LastIndexOf('!');
        if (mark >= 0)
        {
            var size = text.AsSpan(mark + 1);
            var unit = size is [.., var last] ? char.ToLowerInvariant(last) : ' ';
            var shift = unit switch { 'k' => 10, 'm' => 20, 'g' => 30, 't' => 40, _ => 0 };
            if (shift > 0) size = size[..^1];
            if (size.Length > 6 || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
            (most, text) = (number << shift, text[..mark]);
        }

        const string mail = "mailto:";
        if (!Uri.TryCreate(text, UriKind.Absolute, out _)) return null;
        var isMail = text.StartsWith(mail, StringComparison.OrdinalIgnoreCase);
        return isMail && (text.IndexOf('@') <= mail.Length || text[^1] == '@') ? null : new DmarcReportAddress(text, most);
    }

    private static string Shown(string text) => text.Length <= 64 ? text : text[..64] + "…";
}
