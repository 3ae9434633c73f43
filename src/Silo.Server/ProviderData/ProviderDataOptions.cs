using System.ComponentModel.DataAnnotations;
using Silo.Core.Addresses;

namespace Silo.Server.ProviderData;

/// <summary>Section <c>Silo:ProviderData</c>: what is fetched from providers once a day. Off until configured; uploads need nothing.</summary>
public sealed class ProviderDataOptions
{
    public const string Section = "Silo:ProviderData";

    public GoogleOptions Google { get; set; } = new();

    public SndsOptions Snds { get; set; } = new();

    internal IEnumerable<string> Errors()
    {
        foreach (var domain in Google.Domains.Where(d => !DomainName.TryNormalize(d, false, out _)))
            yield return $"{Section}:Google:Domains: {domain} is no domain name.";
        if (Google.Domains.Count > 0 && Google.ServiceAccountFile is null == Google.TokenFile is null)
            yield return $"{Section}:Google:Domains needs either {Section}:Google:ServiceAccountFile or {Section}:Google:TokenFile.";
        if (!IsFetchable(Google.Endpoint)) yield return $"{Section}:Google:Endpoint must be https, or http to this machine.";
        if (Snds.Url is not null && !IsFetchable(Snds.Url)) yield return $"{Section}:Snds:Url must be https, or http to this machine.";
    }

    // Keys and tokens go along.
    internal static bool IsFetchable(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));
}

/// <summary>Gmail Postmaster Tools, API v2.</summary>
public sealed class GoogleOptions
{
    /// <summary>Domains that are registered there for the account, at most 1,000. Default none: nothing is fetched.</summary>
    [MaxLength(1_000)]
    public List<string> Domains { get; set; } = [];

    /// <summary>The JSON key file of a service account that has been given access to the domains; read at each fetch.</summary>
    public string? ServiceAccountFile { get; set; }

    /// <summary>A file with an access token that somebody else keeps fresh; read at each fetch.</summary>
    public string? TokenFile { get; set; }

    /// <summary>Default https://gmailpostmastertools.googleapis.com.</summary>
    public string Endpoint { get; set; } = "https://gmailpostmastertools.googleapis.com";
}

/// <summary>Microsoft's Smart Network Data Services.</summary>
public sealed class SndsOptions
{
    /// <summary>The address of "Automated Data Access" with its key; never shown. Default none: nothing is fetched.</summary>
    public string? Url { get; set; }
}
