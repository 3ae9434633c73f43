using System.ComponentModel.DataAnnotations;
using Silo.Core.Addresses;

namespace Silo.Server.Identities;

/// <summary>Section <c>Silo:Dkim</c>: how mail is signed, and where keys are published.</summary>
public sealed class DkimOptions
{
    public const string Section = "Silo:Dkim";

    /// <summary>
    /// Mail is signed. Default (null): true where mail leaves by relay or MX, else false; with SES never, since it signs itself and changes
    /// what was signed.
    /// </summary>
    public bool? Enabled { get; set; }

    /// <summary>
    /// A zone of the platform's: tenants publish <c>token._domainkey.their.domain CNAME token.dkim.zone</c> once, and the platform changes keys
    /// by its own TXT records. Default none: tenants publish the keys themselves.
    /// </summary>
    [RegularExpression("^[A-Za-z0-9.-]{1,190}$")]
    public string? HostedZone { get; set; }

    /// <summary>All mail is signed for this domain as well, with a key of the platform. Default none.</summary>
    [RegularExpression("^[A-Za-z0-9.-]{1,190}$")]
    public string? PlatformDomain { get; set; }

    /// <summary>Of the platform's key, 1 to 63 letters, digits, inner hyphens. Default silo.</summary>
    [RegularExpression("^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$")]
    public string PlatformSelector { get; set; } = "silo";

    /// <summary>A PEM file with the platform's RSA key. Default none: one that the first use makes and stores, the same for all silos.</summary>
    public string? PlatformKeyFile { get; set; }

    /// <summary>How long the record of a key that is used no more is to stay published: 1 to 90 days. Default 7 days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "90.00:00:00")]
    public TimeSpan KeepRetired { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Easy DKIM keys older than this are replaced by themselves, 30 to 730 days. Default none: only when asked to.</summary>
    [Range(typeof(TimeSpan), "30.00:00:00", "730.00:00:00")]
    public TimeSpan? RotateAfter { get; set; }

    internal IEnumerable<string> Errors()
    {
        foreach (var (member, domain) in new[] { ("HostedZone", HostedZone), ("PlatformDomain", PlatformDomain) })
            if (domain is not null && !DomainName.TryNormalize(domain, false, out _)) yield return $"{Section}:{member}: {domain} is no domain name.";
        if (PlatformKeyFile is not null && PlatformDomain is null) yield return $"{Section}:PlatformKeyFile needs {Section}:PlatformDomain.";
        if (PlatformKeyFile is not null && !File.Exists(PlatformKeyFile)) yield return $"{Section}:PlatformKeyFile: {PlatformKeyFile} does not exist.";
    }
}
