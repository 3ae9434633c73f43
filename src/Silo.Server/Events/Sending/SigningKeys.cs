using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Silo.Storage;

namespace Silo.Server.Events.Sending;

/// <summary>
/// What this platform signs SNS messages and confirmation tokens with: made by the first silo that needs it, stored with the account's
/// resources, the same for all. Safe for several threads.
/// </summary>
internal sealed partial class SigningKeys(IResourceStore store, RandomNumberGenerator random, TimeProvider time) : IDisposable
{
    private const string Name = "event-keys";
    private const int KeyBits = 2048;
    private const int SecretBytes = 32;
    private static readonly TimeSpan Validity = TimeSpan.FromDays(3_650);

    private readonly SemaphoreSlim _loading = new(1);
    private volatile Loaded? _loaded;

    /// <exception cref="StorageException">The store is not to be reached, and the keys are not known yet.</exception>
    public async ValueTask<Loaded> Get(CancellationToken cancellationToken)
    {
        if (_loaded is { } known) return known;
        await _loading.WaitAsync(cancellationToken);
        try
        {
            return _loaded ??= await Load(cancellationToken);
        }
        finally
        {
            _loading.Release();
        }
    }

    public void Dispose()
    {
        _loading.Dispose();
        _loaded?.Dispose();
    }

    private async Task<Loaded> Load(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await store.Get(ResourceKind.EventKeys, Name, cancellationToken) is { } stored)
                return new Loaded(JsonSerializer.Deserialize(stored.Document.Span, KeysJson.Default.KeysDocument)!);
            var now = time.GetUtcNow();
            var json = JsonSerializer.SerializeToUtf8Bytes(Make(now), KeysJson.Default.KeysDocument);
            // When another silo was first, its keys are the ones.
            await store.Create(new NewResource(ResourceKind.EventKeys, Name, Name, json, now, [], 1), cancellationToken);
        }
    }

    private KeysDocument Make(DateTimeOffset now)
    {
        using var key = RSA.Create(KeyBits);
        var request = new CertificateRequest("CN=Silo", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        // Receivers' clocks may be behind.
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now + Validity);
        var secret = new byte[SecretBytes];
        random.GetBytes(secret);
        return new KeysDocument(
            Convert.ToBase64String(key.ExportPkcs8PrivateKey()), certificate.ExportCertificatePem(), Convert.ToBase64String(secret));
    }

    internal sealed class Loaded : IDisposable
    {
        private readonly RSA _key = RSA.Create();
        private readonly Lock _signing = new();
        private readonly byte[] _secret;

        public Loaded(KeysDocument document)
        {
            _key.ImportPkcs8PrivateKey(Convert.FromBase64String(document.Key), out _);
            (CertificatePem, _secret) = (document.Certificate, Convert.FromBase64String(document.TokenSecret));
        }

        public string CertificatePem { get; }

        /// <summary>SHA-256 with PKCS #1 padding, which SNS calls signature version 2.</summary>
        public byte[] Sign(byte[] bytes)
        {
            lock (_signing) return _key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }

        public byte[] Seal(ReadOnlySpan<byte> bytes) => HMACSHA256.HashData(_secret, bytes);

        public void Dispose() => _key.Dispose();
    }

    /// <param name="Key">PKCS #8, base64.</param>
    /// <param name="Certificate">PEM.</param>
    internal sealed record KeysDocument(string Key, string Certificate, string TokenSecret);

    [JsonSerializable(typeof(KeysDocument))]
    private sealed partial class KeysJson : JsonSerializerContext;
}
