using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Silo.Server.Identities;

/// <summary>
/// One private key for several threads: an RSA object is for one at a time, and making one costs as much as many signatures, so objects are
/// kept for the next caller.
/// </summary>
internal sealed class RsaPool(byte[] pkcs8)
{
    private readonly ConcurrentBag<RSA> _idle = [];

    /// <param name="hash">SHA-256, 32 bytes.</param>
    public byte[] SignHash(byte[] hash)
    {
        if (!_idle.TryTake(out var rsa))
        {
            rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(pkcs8, out _);
        }

        // One whose use failed is not kept.
        var signature = rsa.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        _idle.Add(rsa);
        return signature;
    }
}
