using System.Security.Cryptography;
using System.Text;
using Silo.Server.Access;

namespace Silo.Server.Submission;

/// <summary>
/// The password that goes with an access key at SES's SMTP interface, derived from its secret for one region (SES developer guide, "Convert
/// existing SES API credentials to SMTP credentials").
/// </summary>
internal static class SmtpPasswords
{
    private const byte Version = 0x04;
    private const string NoSecret = "there is no such key; this takes the time that a secret takes";

    public static string Derive(string secret, string region)
    {
        var signature = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in new[] { "11111111", region, "ses", "aws4_request", "SendRawEmail" })
            signature = HMACSHA256.HashData(signature, Encoding.UTF8.GetBytes(part));
        return Convert.ToBase64String([Version, .. signature]);
    }

    /// <summary>Whether a password lets in; it takes as long whether there is such a key or not.</summary>
    /// <param name="key">Null when there is none.</param>
    public static bool IsOf(AccessKey? key, string password, string region)
    {
        var expected = key?.SmtpPassword ?? Derive(key is { Secret.Length: > 0 } ? key.Secret : NoSecret, region);
        // Of the same length whatever was typed, since the comparison tells lengths apart.
        var isSame = CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(expected)), SHA256.HashData(Encoding.UTF8.GetBytes(password)));
        return isSame && key is { IsEnabled: true } && (key.SmtpPassword is not null || key.Secret.Length > 0);
    }
}
