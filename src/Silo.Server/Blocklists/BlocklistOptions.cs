using System.ComponentModel.DataAnnotations;
using Silo.Core.Addresses;
using Silo.Core.Blocklists;
using Silo.Core.Reputation;

namespace Silo.Server.Blocklists;

/// <summary>Section <c>Silo:Blocklists</c>: the lists that addresses and domains are looked up in. Off without any.</summary>
public sealed class BlocklistOptions
{
    public const string Section = "Silo:Blocklists";

    /// <summary>A key of Spamhaus's Data Query Service, for zones below dq.spamhaus.net: 8 to 63 letters and digits. Never shown.</summary>
    [RegularExpression("^[A-Za-z0-9]{8,63}$")]
    public string? DqsKey { get; set; }

    /// <summary>At most 20.</summary>
    [MaxLength(20)]
    public List<BlocklistZoneOptions> Zones { get; set; } = [];

    internal IEnumerable<string> Errors()
    {
        for (var i = 0; i < Zones.Count; i++)
        {
            var zone = Zones[i];
            if (!DomainName.TryNormalize(zone.Name, false, out _)) yield return $"{Section}:Zones:{i}:Name: {zone.Name} is no domain name.";
            if (zone.Name.EndsWith(KnownZones.KeyedSuffix, StringComparison.OrdinalIgnoreCase) && DqsKey is null)
                yield return $"{Section}:Zones:{i}:Name: {zone.Name} needs {Section}:DqsKey.";
            foreach (var codes in zone.ListedCodes.Concat(zone.IgnoredCodes).Where(c => !CodeRange.TryParse(c, out _)))
                yield return $"{Section}:Zones:{i}: {codes} is neither a code of 127.0.0.0/8 nor a range as 127.0.0.2-127.0.0.11.";
            foreach (var domain in new[] { zone.TestDomain, zone.CleanDomain }.Where(d => d is not null && Uri.CheckHostName(d) != UriHostNameType.Dns))
                yield return $"{Section}:Zones:{i}: {domain} is no domain name.";
        }

        foreach (var name in Zones.GroupBy(z => z.Name, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).Select(g => g.Key))
            yield return $"{Section}:Zones: {name} stands there twice.";
    }

    internal IReadOnlyList<BlocklistZone> ToZones() => [.. Zones.Select(z => z.ToZone(DqsKey))];
}

/// <summary>One list. What it leaves out is as Silo knows the list, and else as RFC 5782 has it.</summary>
public sealed class BlocklistZoneOptions
{
    /// <summary>As "bl.example.org", at most 128 characters; of Spamhaus with a key "zen.dq.spamhaus.net", without the key.</summary>
    [Required]
    [MaxLength(ExternalReport.MaxSourceLength)]
    public string Name { get; set; } = "";

    /// <summary>Addresses or Domains. Default: as Silo knows the list, else Addresses.</summary>
    public BlocklistKind? Kind { get; set; }

    /// <summary>Codes that are a listing, single ones or ranges, at most 50. Default: all but 127.0.0.1 and refusals.</summary>
    [MaxLength(50)]
    public List<string> ListedCodes { get; set; } = [];

    /// <summary>Codes that are none, such as those of lists that also praise. Default none.</summary>
    [MaxLength(50)]
    public List<string> IgnoredCodes { get; set; } = [];

    /// <summary>Of a list of domains: what it always lists. Default "test".</summary>
    public string? TestDomain { get; set; }

    /// <summary>Of a list of domains: what it never lists. Default "invalid".</summary>
    public string? CleanDomain { get; set; }

    internal BlocklistZone ToZone(string? key)
    {
        var known = KnownZones.Of(Name.ToLowerInvariant().TrimEnd('.'), key);
        return known with
        {
            Kind = Kind ?? known.Kind, Listed = ListedCodes.Count == 0 ? known.Listed : Ranges(ListedCodes), Ignored = Ranges(IgnoredCodes),
            TestDomain = TestDomain ?? known.TestDomain, CleanDomain = CleanDomain ?? known.CleanDomain,
        };
    }

    private static IReadOnlyList<CodeRange> Ranges(List<string> texts)
    {
        var ranges = new List<CodeRange>(texts.Count);
        foreach (var text in texts)
            if (CodeRange.TryParse(text, out var range)) ranges.Add(range);
        return ranges;
    }
}
