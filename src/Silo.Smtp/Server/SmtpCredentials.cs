using System.Text;

namespace Silo.Smtp.Server;

/// <summary>What a client gave with AUTH.</summary>
public sealed record SmtpCredentials(string User, string Password)
{
    // A record prints its members; this one must not.
    public override string ToString() => $"Credentials of {User}";

    /// <summary>Null when it is not base64 of UTF-8 without NUL.</summary>
    internal static string? ReadText(string base64) => Decode(base64) is { } bytes && !bytes.Contains((byte)0) ? Text(bytes) : null;

    /// <summary>[authzid] NUL user NUL password (RFC 4616); null when it is not of that form, or to act for somebody else.</summary>
    internal static SmtpCredentials? ReadPlain(string base64)
    {
        if (Decode(base64) is not { } bytes || Text(bytes) is not { } text) return null;
        var parts = text.Split('\0');
        if (parts.Length != 3 || parts[1].Length == 0) return null;
        return parts[0].Length == 0 || parts[0] == parts[1] ? new SmtpCredentials(parts[1], parts[2]) : null;
    }

    private static byte[]? Decode(string base64)
    {
        // A response without content is written so (RFC 4954 4).
        if (base64 == "=") return [];
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : null;
    }

    private static string? Text(byte[] bytes) => System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
}
