using Silo.Core.Addresses;

namespace Silo.Server.Delivery;

/// <summary>
/// One of <c>Silo:MailboxProviders</c>: a mailbox provider that the tables that ship do not know, or more of what is one's that they know.
/// </summary>
public sealed class MailboxProviderOptions
{
    public const string Section = "Silo:MailboxProviders";
    public const int MaxProviders = 1_000;
    public const int MaxNameLength = 64;

    /// <summary>As metrics, limits and filters name it: 1 to 64 printable characters of ASCII but |. One that ships is added to.</summary>
    public string Name { get; set; } = "";

    /// <summary>It reports complaints of its users, so its deliveries count in the complaint rate. Default: as shipped, else false.</summary>
    public bool? FeedbackLoop { get; set; }

    /// <summary>Recipients' domains that are its own, before what the tables say. Default none.</summary>
    public List<string> Domains { get; set; } = [];

    /// <summary>
    /// Names of MX hosts, and what their names end in after a dot: domains all of whose hosts fit are its own. Default none.
    /// </summary>
    public List<string> Hosts { get; set; } = [];

    internal static IEnumerable<string> Errors(IReadOnlyList<MailboxProviderOptions> providers)
    {
        if (providers.Count > MaxProviders) yield return $"{Section}: at most {MaxProviders} can be given.";
        var names = new HashSet<string>(StringComparer.Ordinal);
        var (domains, hosts) = (new HashSet<string>(StringComparer.OrdinalIgnoreCase), new HashSet<string>(StringComparer.OrdinalIgnoreCase));
        for (var i = 0; i < providers.Count; i++)
        {
            var each = providers[i];
            if (each.Name.Length is 0 or > MaxNameLength || each.Name.Any(c => c is < ' ' or > '~' or '|'))
                yield return $"{Section}:{i}:Name: must be 1 to {MaxNameLength} printable characters of ASCII, and no '|'.";
            else if (!names.Add(each.Name)) yield return $"{Section}:{i}:Name: {each.Name} stands there more than once.";
            if (each.Name == MailboxProvider.Other.Name) yield return $"{Section}:{i}:Name: {each.Name} is what belongs to nobody.";
            foreach (var error in Check(each.Domains, domains, $"{Section}:{i}:Domains").Concat(Check(each.Hosts, hosts, $"{Section}:{i}:Hosts")))
                yield return error;
        }
    }

    private static IEnumerable<string> Check(List<string> given, HashSet<string> seen, string path)
    {
        for (var i = 0; i < given.Count; i++)
        {
            if (!DomainName.TryNormalize(given[i], allowUnicode: false, out _)) yield return $"{path}:{i}: {given[i]} is no name of a domain.";
            else if (!seen.Add(given[i])) yield return $"{path}:{i}: {given[i]} stands there more than once.";
        }
    }
}
