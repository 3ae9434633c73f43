using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Silo.Server.Events.Sending;

/// <summary>Signs what is posted as Standard Webhooks has it (standardwebhooks.com, specification: signature scheme, HMAC-SHA256).</summary>
internal static class WebhookSignature
{
    private const string Prefix = "whsec_";

    /// <summary>The three headers; a signature for each secret, so that a receiver can change from one to the next.</summary>
    public static IEnumerable<(string Name, string Value)> Headers(
        IReadOnlyList<string> secrets, string id, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        var seconds = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signed = new byte[Encoding.UTF8.GetByteCount(id) + seconds.Length + 2 + body.Length];
        var head = Encoding.UTF8.GetBytes($"{id}.{seconds}.", signed);
        body.CopyTo(signed.AsSpan(head));
        List<(string, string)> headers = [("webhook-id", id), ("webhook-timestamp", seconds)];
        var signatures = secrets.Select(Key).OfType<byte[]>().Select(k => "v1," + Convert.ToBase64String(HMACSHA256.HashData(k, signed))).ToList();
        if (signatures.Count > 0) headers.Add(("webhook-signature", string.Join(' ', signatures)));
        return headers;
    }

    /// <summary>Null when it is not "whsec_" and base64.</summary>
    public static byte[]? Key(string secret)
    {
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var bytes = new byte[secret.Length];
        return Convert.TryFromBase64String(secret[Prefix.Length..], bytes, out var length) ? bytes[..length] : null;
    }
}
