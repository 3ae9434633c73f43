using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Silo.Core.Addresses;

/// <summary>The mailbox provider (ISP) of a recipient: the dimension of pacing, reputation and VDM metrics.</summary>
/// <param name="Name">As metrics print it: "Gmail", "Yahoo", "Microsoft", "Apple", …, "Other".</param>
/// <param name="HasFeedbackLoop">It reports complaints of its users, so its deliveries count in the complaint rate's denominator.</param>
public sealed record MailboxProvider(string Name, bool HasFeedbackLoop)
{
    private static readonly FrozenDictionary<string, MailboxProvider> ByDomain;
    private static readonly FrozenDictionary<string, MailboxProvider> ByFirstLabel;
    private static readonly FrozenDictionary<string, MailboxProvider> ByHostSuffix;
    private static readonly FrozenDictionary<string, MailboxProvider> ByName;

    static MailboxProvider()
    {
        var domains = new Dictionary<string, MailboxProvider>(StringComparer.OrdinalIgnoreCase);
        var labels = new Dictionary<string, MailboxProvider>(StringComparer.OrdinalIgnoreCase);
        var hosts = new Dictionary<string, MailboxProvider>(StringComparer.OrdinalIgnoreCase);
        var providers = new Dictionary<string, MailboxProvider> { [Other.Name] = Other };
        foreach (var (domain, provider) in Read(MailboxProviderTable.Text, providers))
        {
            if (domain.EndsWith(".*", StringComparison.Ordinal)) labels.Add(domain[..^2], provider);
            else domains.Add(domain, provider);
        }

        foreach (var (suffix, provider) in Read(MailHostTable.Text, providers)) hosts.Add(suffix, provider);
        ByDomain = domains.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        ByFirstLabel = labels.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        ByHostSuffix = hosts.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        ByName = providers.ToFrozenDictionary(StringComparer.Ordinal);
        All = [.. providers.Values];
    }

    /// <summary>Every domain that the table does not name.</summary>
    public static MailboxProvider Other { get; } = new("Other", false);

    /// <summary>All providers that the tables name, in their order.</summary>
    public static IReadOnlyList<MailboxProvider> All { get; }

    /// <summary>The provider of a recipient's domain, of whatever case; <see cref="Other"/> for a domain that is nobody's.</summary>
    public static MailboxProvider Classify(ReadOnlySpan<char> domain)
    {
        if (ByDomain.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(domain, out var provider)) return provider;
        var dot = domain.IndexOf('.');
        if (dot <= 0 || !IsCountrySuffix(domain[(dot + 1)..])) return Other;
        return ByFirstLabel.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(domain[..dot], out provider) ? provider : Other;
    }

    /// <summary>
    /// The provider of a recipient's domain whose MX hosts are known. A domain that is nobody's by its name belongs to who runs all of
    /// its hosts; with hosts of several it belongs to <see cref="Other"/>, since nobody may be held to what a stranger's host does.
    /// </summary>
    /// <param name="ofHost">Who runs a host; null for <see cref="OfHost"/>.</param>
    public static MailboxProvider Classify(string domain, IEnumerable<string> hosts, Func<string, MailboxProvider>? ofHost = null)
    {
        var provider = Classify(domain);
        if (provider != Other) return provider;
        MailboxProvider? common = null;
        foreach (var host in hosts)
        {
            var operatedBy = (ofHost ?? OfHost)(host);
            if (common is not null && operatedBy != common) return Other;
            common = operatedBy;
        }

        return common ?? Other;
    }

    /// <summary>The provider of a recipient: the one that was named for it, else the one of its domain.</summary>
    /// <param name="named">As <see cref="Name"/>; null when none was named.</param>
    public static MailboxProvider Of(string recipient, string? named) =>
        named is null ? Classify(DomainOf(recipient)) : ByName.TryGetValue(named, out var provider) ? provider : new MailboxProvider(named, false);

    /// <summary>The name of <see cref="Of"/>, without a copy of the domain.</summary>
    public static string NameOf(string recipient, string? named) =>
        named ?? Classify(recipient.AsSpan(recipient.LastIndexOf('@') + 1)).Name;

    /// <summary>24 bits, the same for the same name everywhere; message ids hold it.</summary>
    public static int NumberOf(string name)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), digest);
        return (digest[0] << 16) | (digest[1] << 8) | digest[2];
    }

    /// <summary>The same name, as one string for all who keep it.</summary>
    internal static string Shared(string name) => ByName.TryGetValue(name, out var known) ? known.Name : name;

    /// <summary>What follows the last @.</summary>
    public static string DomainOf(string recipient) => recipient[(recipient.LastIndexOf('@') + 1)..];

    /// <summary>Who runs an MX host, by its name without a final dot; <see cref="Other"/> for a host that is nobody's.</summary>
    public static MailboxProvider OfHost(string host)
    {
        var suffixes = ByHostSuffix.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var rest = host.AsSpan(); ;)
        {
            if (suffixes.TryGetValue(rest, out var provider)) return provider;
            var dot = rest.IndexOf('.');
            if (dot < 0) return Other;
            rest = rest[(dot + 1)..];
        }
    }

    private static IEnumerable<(string Name, MailboxProvider Provider)> Read(string table, Dictionary<string, MailboxProvider> providers)
    {
        foreach (var line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var columns = line.Split('|', StringSplitOptions.TrimEntries);
            if (!providers.TryGetValue(columns[0], out var provider))
            {
                providers.Add(columns[0], provider = new MailboxProvider(columns[0], columns[1] == "loop"));
            }

            foreach (var name in columns[2].Split(' ')) yield return (name, provider);
        }
    }

    // "com", "de", "co.uk", "com.br": what a provider's country domains end in. Anything longer is somebody else's.
    private static bool IsCountrySuffix(ReadOnlySpan<char> suffix)
    {
        if (suffix.Equals("com", StringComparison.OrdinalIgnoreCase) || suffix.Equals("net", StringComparison.OrdinalIgnoreCase)) return true;
        if (suffix.StartsWith("com.", StringComparison.OrdinalIgnoreCase)) suffix = suffix[4..];
        else if (suffix.StartsWith("co.", StringComparison.OrdinalIgnoreCase)) suffix = suffix[3..];
        return suffix.Length == 2 && char.IsAsciiLetter(suffix[0]) && char.IsAsciiLetter(suffix[1]);
    }
}
