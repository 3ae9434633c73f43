using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Silo.Server.Accounts;
using Silo.Server.PublicWeb;

namespace Silo.Server.Templates;

/// <summary>What a verification link stands for.</summary>
/// <param name="Address">The identity, as it is stored.</param>
/// <param name="CreatedAt">That of the identity: one that was deleted and made again is another.</param>
/// <param name="TemplateName">The template of the mail; null for the service's own words.</param>
/// <param name="IssuedAt">To the second.</param>
internal sealed record VerificationLink(string Address, DateTimeOffset CreatedAt, string? TemplateName, DateTimeOffset IssuedAt);

/// <summary>Writes and reads verification links. Who has one has got a mail at the address.</summary>
internal sealed class VerificationLinks(LinkTokens tokens, PublicLinks links, TimeProvider time)
{
    /// <summary>As long as those of SES are good (developer guide, verify-addresses-and-domains).</summary>
    public static readonly TimeSpan ValidFor = TimeSpan.FromHours(24);

    private const int HeadBytes = 17;

    /// <summary>The whole URL.</summary>
    public string Write(EmailIdentity identity, string? templateName)
    {
        var name = Encoding.ASCII.GetBytes(templateName ?? "");
        var address = Encoding.UTF8.GetBytes(identity.Name);
        var payload = new byte[HeadBytes + name.Length + address.Length];
        BinaryPrimitives.WriteInt64BigEndian(payload, time.GetUtcNow().ToUnixTimeSeconds());
        BinaryPrimitives.WriteInt64BigEndian(payload.AsSpan(8), identity.CreatedAt.ToUnixTimeMilliseconds());
        payload[16] = (byte)name.Length;
        name.CopyTo(payload, HeadBytes);
        address.CopyTo(payload, HeadBytes + name.Length);
        return links.To($"{VerificationPages.Prefix}{tokens.Write(LinkPurpose.Verification, payload)}");
    }

    /// <summary>False for what is no link of ours; whether it is still good says <see cref="IsGood"/>.</summary>
    public bool TryRead(string token, [NotNullWhen(true)] out VerificationLink? link)
    {
        link = null;
        if (!tokens.TryRead(LinkPurpose.Verification, token, out var payload) || payload.Length < HeadBytes) return false;
        var nameLength = payload[16];
        if (payload.Length <= HeadBytes + nameLength) return false;
        var name = Encoding.ASCII.GetString(payload, HeadBytes, nameLength);
        link = new VerificationLink(
            Encoding.UTF8.GetString(payload.AsSpan(HeadBytes + nameLength)),
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(payload.AsSpan(8))),
            name.Length == 0 ? null : name, DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64BigEndian(payload)));
        return true;
    }

    /// <param name="identity">As it is now; null when it is gone.</param>
    public bool IsGood(VerificationLink link, EmailIdentity? identity) =>
        identity is not null && identity.CreatedAt.ToUnixTimeMilliseconds() == link.CreatedAt.ToUnixTimeMilliseconds()
        && time.GetUtcNow() - link.IssuedAt < ValidFor;
}
