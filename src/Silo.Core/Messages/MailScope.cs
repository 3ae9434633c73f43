using System.Security.Cryptography;
using System.Text;

namespace Silo.Core.Messages;

/// <summary>
/// What a message was sent with: its identity and its configuration set. Its number stands in the id of the message, so that whatever is
/// told of the message later, when nothing else of it is kept, counts for both.
/// </summary>
/// <param name="Identity">The name of the identity: a domain or an address.</param>
public sealed record MailScope(string Identity, string? ConfigurationSet)
{
    /// <summary>24 bits: of 100 scopes of a tenant two have the same number once in 3,400 tenants; they count as the one that came first.</summary>
    public const int MaxNumber = 0xFF_FFFF;

    private const string InArn = ":identity/";

    public static MailScope Of(string identityArn, string? configurationSet)
    {
        var at = identityArn.LastIndexOf(InArn, StringComparison.Ordinal);
        return new MailScope(at < 0 ? identityArn : identityArn[(at + InArn.Length)..], configurationSet);
    }

    /// <summary>1 to <see cref="MaxNumber"/>; the same for the same names on every silo.</summary>
    public int Number()
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{Identity}\n{ConfigurationSet}"), digest);
        var number = (digest[0] << 16) | (digest[1] << 8) | digest[2];
        return number == 0 ? 1 : number;
    }
}
