using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Silo.Server.Access;

namespace Silo.Server.WebConsole.Sessions;

/// <summary>
/// What a browser keeps of a session: the id of its key, a fingerprint of the secret, so that a new secret of the root key ends its sessions,
/// and when it ends; encrypted with the key ring, so that every silo of a cluster reads it. The key itself is looked up with each request: one that is
/// disabled is out within <see cref="AccessKeys.MaxAge"/>.
/// </summary>
internal sealed class SessionCookie(SecretProtection protection, AccessKeys keys, TimeProvider time)
{
    public const string Name = "silo-console";

    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private const string Purpose = "Silo.WebConsole.Session.1";

    public void Give(HttpContext context, AccessKey key)
    {
        var ends = time.GetUtcNow() + Lifetime;
        var text = string.Create(CultureInfo.InvariantCulture, $"{key.Id} {Fingerprint(key)} {ends.ToUnixTimeSeconds()}");
        context.Response.Cookies.Append(Name, protection.CreateProtector(Purpose).Protect(text), Options(context, ends));
    }

    public static void Take(HttpContext context) => context.Response.Cookies.Delete(Name, Options(context, null));

    /// <summary>The key of the session, as it stands now; null without a session, and when it or its key is over.</summary>
    /// <exception cref="Silo.Storage.StorageException">The store cannot be asked.</exception>
    public async ValueTask<AccessKey?> Read(HttpContext context, CancellationToken cancellationToken)
    {
        if (context.Request.Cookies[Name] is not { } cookie || Open(cookie) is not [var id, var fingerprint, var ends]) return null;
        if (!long.TryParse(ends, NumberStyles.None, CultureInfo.InvariantCulture, out var end)
            || end <= time.GetUtcNow().ToUnixTimeSeconds()) return null;
        return await keys.Find(id, cancellationToken) is { IsEnabled: true, SmtpOnly: false } key && Fingerprint(key) == fingerprint ? key : null;
    }

    private string[]? Open(string cookie)
    {
        try
        {
            return protection.CreateProtector(Purpose).Unprotect(cookie).Split(' ');
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static string Fingerprint(AccessKey key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.Secret)).AsSpan(0, 16));

    private static CookieOptions Options(HttpContext context, DateTimeOffset? ends) => new()
    {
        Path = WebConsoleRegistration.Path, HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Expires = ends,
    };
}
