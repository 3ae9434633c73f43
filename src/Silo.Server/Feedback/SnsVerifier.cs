using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Silo.Core.Feedback;

namespace Silo.Server.Feedback;

/// <summary>Whether a message of SNS is believed.</summary>
internal enum SnsVerdict
{
    Valid,

    /// <summary>Of a topic that is not listed here: any customer of AWS can sign.</summary>
    OtherTopic,

    /// <summary>Signed too long ago, or in times to come.</summary>
    Stale,

    /// <summary>The certificate's address is none of SNS, the certificate is none, or the signature is not its own.</summary>
    Forged,

    /// <summary>The certificate cannot be fetched now.</summary>
    NotNow,
}

/// <summary>
/// Checks signatures of SNS, versions 1 (SHA-1) and 2 (SHA-256), by certificates from its own hosts alone (SNS developer guide, verifying
/// the signatures of messages). Safe for several threads.
/// </summary>
internal sealed class SnsVerifier(SnsOptions options, PinnedFetch fetch, TimeProvider time)
{
    private const int MaxCertificates = 16;
    private const int MaxFetchesPerMinute = 10;
    private static readonly TimeSpan Future = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    private readonly SemaphoreSlim _fetching = new(1);
    private readonly Dictionary<Uri, (X509Certificate2 Certificate, DateTimeOffset Since)> _certificates = [];
    private readonly Queue<DateTimeOffset> _fetches = [];

    public async ValueTask<SnsVerdict> Check(SnsMessage message, CancellationToken cancellationToken)
    {
        if (!options.Topics.Contains(message.TopicArn, StringComparer.Ordinal)) return SnsVerdict.OtherTopic;
        if (AgeOf(message) is not { } age || age > options.MaxAge || age < -Future) return SnsVerdict.Stale;
        if (HashOf(message.SignatureVersion) is not { } hash || Signature(message.Signature) is not { } signature) return SnsVerdict.Forged;
        if (!PinnedFetcher.IsCertificate(message.SigningCertUrl, out var address)
            && !PinnedFetcher.IsOthersCertificate(options, message.SigningCertUrl, out address)) return SnsVerdict.Forged;
        var (certificate, missing) = Known(address) is { } known ? (known, default) : await Fetched(address, cancellationToken);
        if (certificate is null) return missing;
        using var key = certificate.GetRSAPublicKey();
        return key is not null && key.VerifyData(message.SignedBytes(), signature, hash, RSASignaturePadding.Pkcs1)
            ? SnsVerdict.Valid
            : SnsVerdict.Forged;
    }

    private X509Certificate2? Known(Uri address)
    {
        var now = time.GetUtcNow();
        lock (_certificates)
        {
            return _certificates.TryGetValue(address, out var known) && now - known.Since < Kept && IsInForce(known.Certificate, now)
                ? known.Certificate
                : null;
        }
    }

    private async ValueTask<(X509Certificate2? Certificate, SnsVerdict Missing)> Fetched(Uri address, CancellationToken cancellationToken)
    {
        await _fetching.WaitAsync(cancellationToken);
        try
        {
            return Known(address) is { } meanwhile ? (meanwhile, default) : await Fetch(address, cancellationToken);
        }
        finally
        {
            _fetching.Release();
        }
    }

    private TimeSpan? AgeOf(SnsMessage message) =>
        DateTimeOffset.TryParse(message.Timestamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? time.GetUtcNow() - at
            : null;

    private static HashAlgorithmName? HashOf(string version) => version switch
    {
        "1" => HashAlgorithmName.SHA1,
        "2" => HashAlgorithmName.SHA256,
        _ => null,
    };

    private static byte[]? Signature(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }

    private async ValueTask<(X509Certificate2? Certificate, SnsVerdict Missing)> Fetch(Uri address, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        // Strangers choose what is fetched, within the pinned hosts; they are not to make this server busy with it.
        while (_fetches.TryPeek(out var first) && now - first >= TimeSpan.FromMinutes(1)) _fetches.Dequeue();
        if (_fetches.Count >= MaxFetchesPerMinute) return (null, SnsVerdict.NotNow);
        _fetches.Enqueue(now);
        if (await fetch(address, cancellationToken) is not { } pem) return (null, SnsVerdict.NotNow);
        if (Load(pem) is not { } certificate || !IsInForce(certificate, now)) return (null, SnsVerdict.Forged);
        lock (_certificates)
        {
            if (_certificates.Count >= MaxCertificates) _certificates.Clear();
            _certificates[address] = (certificate, now);
        }

        return (certificate, default);
    }

    private static bool IsInForce(X509Certificate2 certificate, DateTimeOffset now) =>
        certificate.NotBefore.ToUniversalTime() <= now.UtcDateTime && now.UtcDateTime <= certificate.NotAfter.ToUniversalTime();

    private static X509Certificate2? Load(byte[] pem)
    {
        try
        {
            return X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(pem));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
