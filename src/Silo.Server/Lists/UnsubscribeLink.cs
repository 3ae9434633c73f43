using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Silo.Server.PublicWeb;

namespace Silo.Server.Lists;

/// <summary>Whose wish a link to unsubscribe stands for, and what it is about.</summary>
/// <param name="TenantName">Whose mail it came with.</param>
/// <param name="ListName">Null: bulk mail of the tenant altogether.</param>
/// <param name="TopicName">Null: the list as a whole.</param>
/// <param name="Address">The recipient.</param>
internal sealed record UnsubscribeLink(string TenantName, string? ListName, string? TopicName, string Address, string MessageId)
{
    public const string Path = "/u/";

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The token; null when it would be too long for a link.</summary>
    public string? Write(LinkTokens tokens)
    {
        var parts = new[] { TenantName, ListName ?? "", TopicName ?? "", Address, MessageId };
        var bytes = new byte[parts.Sum(p => 2 + Encoding.UTF8.GetByteCount(p))];
        if (bytes.Length > LinkTokens.MaxPayloadBytes) return null;
        var at = 0;
        foreach (var part in parts)
        {
            var length = Encoding.UTF8.GetBytes(part, bytes.AsSpan(at + 2));
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at), (ushort)length);
            at += 2 + length;
        }

        return tokens.Write(LinkPurpose.Unsubscribe, bytes);
    }

    public static bool TryRead(LinkTokens tokens, string token, [NotNullWhen(true)] out UnsubscribeLink? link)
    {
        link = null;
        if (!tokens.TryRead(LinkPurpose.Unsubscribe, token, out var payload)) return false;
        var parts = new string[5];
        var at = 0;
        try
        {
            for (var i = 0; i < parts.Length; i++)
            {
                if (payload.Length - at < 2) return false;
                var length = BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(at));
                if (payload.Length - at - 2 < length) return false;
                parts[i] = Strict.GetString(payload, at + 2, length);
                at += 2 + length;
            }
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        link = new UnsubscribeLink(parts[0], NullIfEmpty(parts[1]), NullIfEmpty(parts[2]), parts[3], parts[4]);
        return at == payload.Length;
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
