using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Logging.Abstractions;

namespace Silo.Server.Access;

/// <summary>
/// Encrypts secrets at rest with ASP.NET Core Data Protection (AES-256-CBC with HMAC-SHA-256, a new key each 90 days, old ones kept). What is
/// encrypted is bound to the id of its access key, so that a secret cannot be put in the place of another. The ring is opened when it is
/// first needed.
/// </summary>
internal sealed class SecretProtection(IXmlRepository ring, TimeProvider time) : IDataProtectionProvider
{
    private const string Purpose = "Silo.AccessKey.1";

    /// <summary>How soon the ring is read again for a key that it does not hold: another silo may have made it.</summary>
    private static readonly TimeSpan ReadAgainAfter = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private IDataProtectionProvider? _provider;
    private long _openedAt;

    public byte[] Protect(string keyId, string secret) =>
        Provider(null).CreateProtector(Purpose, keyId).Protect(Encoding.UTF8.GetBytes(secret));

    /// <summary>Null when it was not encrypted by a key of this ring, for this id.</summary>
    public string? Unprotect(string keyId, byte[] secret)
    {
        try
        {
            return Encoding.UTF8.GetString(Unprotect(secret, p => p.CreateProtector(Purpose, keyId)));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>For whatever else is kept secret: encrypts with the same ring, each purpose for itself.</summary>
    public IDataProtector CreateProtector(string purpose) => new Protector(this, [purpose]);

    /// <exception cref="CryptographicException">It was not encrypted by a key of this ring, for this purpose.</exception>
    private byte[] Unprotect(byte[] secret, Func<IDataProtectionProvider, IDataProtector> protector)
    {
        var provider = Provider(null);
        try
        {
            return protector(provider).Unprotect(secret);
        }
        catch (CryptographicException) when (time.GetElapsedTime(Volatile.Read(ref _openedAt)) >= ReadAgainAfter)
        {
            return protector(Provider(provider)).Unprotect(secret);
        }
    }

    /// <param name="notThis">What was found too old, null for whichever is open.</param>
    private IDataProtectionProvider Provider(IDataProtectionProvider? notThis)
    {
        lock (_gate)
        {
            if (_provider is not null && _provider != notThis) return _provider;
            var services = new ServiceCollection();
            services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
            services.AddDataProtection().SetApplicationName("Silo");
            services.Configure<KeyManagementOptions>(o => o.XmlRepository = ring);
            _provider = services.BuildServiceProvider().GetRequiredService<IDataProtectionProvider>();
            Volatile.Write(ref _openedAt, time.GetTimestamp());
            return _provider;
        }
    }

    private sealed class Protector(SecretProtection of, string[] purposes) : IDataProtector
    {
        public IDataProtector CreateProtector(string purpose) => new Protector(of, [.. purposes, purpose]);

        public byte[] Protect(byte[] plaintext) => of.Provider(null).CreateProtector(purposes).Protect(plaintext);

        public byte[] Unprotect(byte[] protectedData) => of.Unprotect(protectedData, p => p.CreateProtector(purposes));
    }
}
