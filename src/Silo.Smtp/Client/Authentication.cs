using System.Text;

namespace Silo.Smtp.Client;

/// <summary>What a client says for AUTH (RFC 4954): PLAIN with its initial response (RFC 4616), else LOGIN.</summary>
internal static class Authentication
{
    public static IEnumerable<string> Lines(SmtpCredential credential, bool plain) => plain
        ? ["AUTH PLAIN " + Base64($"\0{credential.User}\0{credential.Password}")]
        : ["AUTH LOGIN", Base64(credential.User), Base64(credential.Password)];

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
