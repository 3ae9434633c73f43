using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;

namespace Silo.Server.Delivery.Ses;

/// <summary>Where the calls go, and the region that they are signed for.</summary>
internal sealed record SesPlace(Uri Endpoint, string Region)
{
    /// <summary>Null when something is wrong with the options; then the errors, each beginning with its key, say what.</summary>
    public static SesPlace? Find(SesOptions options, out IReadOnlyList<string> errors)
    {
        var found = new List<string>();
        errors = found;
        if (string.IsNullOrEmpty(options.AccessKeyId) != string.IsNullOrEmpty(options.SecretAccessKey))
            found.Add($"{SesOptions.Section}:AccessKeyId and {SesOptions.Section}:SecretAccessKey must be given together.");
        if (!string.IsNullOrEmpty(options.SessionToken) && string.IsNullOrEmpty(options.AccessKeyId))
            found.Add($"{SesOptions.Section}:SessionToken goes with {SesOptions.Section}:AccessKeyId only.");
        if (!string.IsNullOrEmpty(options.AccessKeyId) && !string.IsNullOrEmpty(options.Profile))
            found.Add($"{SesOptions.Section}:AccessKeyId and {SesOptions.Section}:Profile exclude each other.");
        if (!string.IsNullOrEmpty(options.ProfilesFile) && string.IsNullOrEmpty(options.Profile))
            found.Add($"{SesOptions.Section}:ProfilesFile goes with {SesOptions.Section}:Profile only.");
        var profile = ReadProfile(options, found);
        var region = options.Region ?? profile?.Region?.SystemName ?? FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false)?.SystemName;
        if (region is null) found.Add($"{SesOptions.Section}:Region must be given: neither the environment nor a profile names a region.");
        var endpoint = ReadEndpoint(options.Endpoint, region, found);
        return found.Count == 0 ? new SesPlace(endpoint!, region!) : null;
    }

    private static CredentialProfile? ReadProfile(SesOptions options, List<string> errors)
    {
        if (string.IsNullOrEmpty(options.Profile)) return null;
        if (new CredentialProfileStoreChain(options.ProfilesFile).TryGetProfile(options.Profile, out var profile)) return profile;
        errors.Add($"{SesOptions.Section}:Profile: there is no profile {options.Profile}.");
        return null;
    }

    private static Uri? ReadEndpoint(string? text, string? region, List<string> errors)
    {
        if (string.IsNullOrEmpty(text))
            return region is null ? null : new Uri($"https://email.{region}.{RegionEndpoint.GetBySystemName(region).PartitionDnsSuffix}");
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" }
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && IsThisMachine(uri)))) return uri;
        errors.Add($"{SesOptions.Section}:Endpoint: {text} is not of the form https://host[:port]; http is for this machine only.");
        return null;
    }

    private static bool IsThisMachine(Uri uri) =>
        uri.IsLoopback || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
