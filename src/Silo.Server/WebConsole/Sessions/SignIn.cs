using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Silo.Server.Access;

namespace Silo.Server.WebConsole.Sessions;

/// <summary>Checks what is typed into the sign-in page, and links that were printed for one use.</summary>
internal sealed class SignIn(AccessKeys keys, RandomNumberGenerator random, TimeProvider time)
{
    /// <summary>How long a link is good for.</summary>
    public static readonly TimeSpan LinkLifetime = TimeSpan.FromMinutes(15);

    /// <summary>Wrong tries from one address within <see cref="TryWindow"/>, after which no try of it is looked at.</summary>
    public const int MaxTries = 10;

    public static readonly TimeSpan TryWindow = TimeSpan.FromMinutes(5);

    private const int MaxAddresses = 10_000;
    private readonly ConcurrentDictionary<string, long> _links = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (int Count, long Since)> _tries = new(StringComparer.Ordinal);

    /// <summary>The key when id and secret belong together, and it may be used; null otherwise, whatever of it is wrong.</summary>
    public async ValueTask<AccessKey?> ByKey(string id, string secret, string address, CancellationToken cancellationToken)
    {
        if (IsLockedOut(address)) return null;
        var key = await keys.Find(id, cancellationToken);
        // The same work for a key that is not there.
        var matches = CryptographicOperations.FixedTimeEquals(Hash(secret), Hash(key?.Secret ?? ""));
        if (matches && key is { IsEnabled: true, SmtpOnly: false, Secret.Length: > 0 }) return key;
        CountTry(address);
        return null;
    }

    public bool IsLockedOut(string address) =>
        _tries.TryGetValue(address, out var tries) && tries.Count >= MaxTries && time.GetElapsedTime(tries.Since) < TryWindow;

    /// <summary>A token that signs the root key in once.</summary>
    public string NewLink()
    {
        var token = Convert.ToHexStringLower(Bytes(24));
        _links[token] = time.GetTimestamp();
        return token;
    }

    /// <summary>The root key, when the token was given out within <see cref="LinkLifetime"/> and never used.</summary>
    public AccessKey? ByLink(string token) =>
        _links.TryRemove(token, out var madeAt) && time.GetElapsedTime(madeAt) < LinkLifetime ? keys.Root : null;

    private void CountTry(string address)
    {
        if (_tries.Count >= MaxAddresses) _tries.Clear();
        _tries.AddOrUpdate(
            address, _ => (1, time.GetTimestamp()),
            (_, old) => time.GetElapsedTime(old.Since) < TryWindow ? (old.Count + 1, old.Since) : (1, time.GetTimestamp()));
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        random.GetBytes(bytes);
        return bytes;
    }
}
