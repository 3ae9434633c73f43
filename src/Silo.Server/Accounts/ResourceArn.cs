using System.Diagnostics.CodeAnalysis;
using Silo.Storage;

namespace Silo.Server.Accounts;

/// <summary>The parts of an ARN <c>arn:partition:service:region:account:type/name</c>, of any service; nothing is looked up.</summary>
/// <param name="Name">Everything after the first slash of the resource; for a tenant "name/id".</param>
public sealed record ResourceArn(string Text, string Service, string Region, string AccountId, string Type, string Name)
{
    /// <summary>Longest ARN that is read, in characters.</summary>
    public const int MaxLength = 1_011;

    /// <summary>The kind of resource that a tenant can be associated with, or null.</summary>
    public ResourceKind? Kind => Type switch
    {
        "identity" => ResourceKind.EmailIdentity,
        "configuration-set" => ResourceKind.ConfigurationSet,
        "template" => ResourceKind.EmailTemplate,
        _ => null,
    };

    /// <summary>The id of a tenant ARN in its long form, or null. The id alone is the key; the name before it is not looked at.</summary>
    public string? TenantId =>
        Type == "tenant" && Name.IndexOf('/') is > 0 and var slash && Name.Length > slash + 1 && Name.IndexOf('/', slash + 1) < 0
            ? Name[(slash + 1)..]
            : null;

    /// <summary>False when the text has not the form of an ARN.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ResourceArn? arn)
    {
        arn = null;
        if (text is null || text.Length > MaxLength) return false;
        var parts = text.Split(':', 6);
        if (parts.Length != 6 || parts[0] != "arn" || parts[1].Length == 0 || parts[2].Length == 0 || parts[5].Length == 0) return false;
        var slash = parts[5].IndexOf('/');
        arn = slash < 0
            ? new ResourceArn(text, parts[2], parts[3], parts[4], parts[5], "")
            : new ResourceArn(text, parts[2], parts[3], parts[4], parts[5][..slash], parts[5][(slash + 1)..]);
        return true;
    }
}
