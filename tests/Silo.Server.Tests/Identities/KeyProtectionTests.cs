using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Silo.Server.Identities;
using Xunit;

namespace Silo.Server.Tests.Identities;

public sealed class KeyProtectionTests
{
    private static readonly byte[] Key = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    [Fact]
    public void With_a_key_ring_what_is_stored_does_not_show_the_key_and_another_ring_cannot_read_it()
    {
        var ring = new KeyProtection(new EphemeralDataProtectionProvider());
        var stored = ring.Protect(Key);
        Assert.DoesNotContain(Convert.ToBase64String(Key), stored, StringComparison.Ordinal);
        Assert.Equal(Key, ring.Unprotect(stored));
        Assert.ThrowsAny<CryptographicException>(() => new KeyProtection(new EphemeralDataProtectionProvider()).Unprotect(stored));
        Assert.Throws<InvalidDataException>(() => new KeyProtection(null).Unprotect(stored));
    }

    [Fact]
    public void What_was_stored_before_there_was_a_ring_is_read_still()
    {
        var stored = new KeyProtection(null).Protect(Key);
        Assert.Equal(Key, new KeyProtection(new EphemeralDataProtectionProvider()).Unprotect(stored));
        Assert.Throws<InvalidDataException>(() => new KeyProtection(null).Unprotect("AAAA"));
    }

    [Fact]
    public void Neither_keys_nor_their_documents_print_what_is_secret()
    {
        var key = KeyMaterial.Generate(1_024);
        var document = new IdentityKey("s", 1_024, Convert.ToBase64String(key.PublicKey), "plain:" + Convert.ToBase64String(key.Pkcs8), default);
        Assert.Equal("KeyMaterial of 1024 bits IdentityKey s", $"{key} {document}");
    }
}
