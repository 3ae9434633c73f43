using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Silo.Server.Submission;

/// <summary>
/// What SMTP connections are encrypted with: the configured certificate, read again when its files change, else one that the first start
/// makes, signs itself and keeps in the data directory. Nothing is read or made before it is asked for.
/// </summary>
internal sealed partial class SmtpCertificates(
    SubmissionOptions options, string dataDirectory, string hostName, TimeProvider time, ILogger<SmtpCertificates> logger)
{
    private const string FileName = "smtp-self-signed.pem";
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(3_650);
    private static readonly TimeSpan LeastLeft = TimeSpan.FromDays(30);

    private readonly Lock _lock = new();
    private SslServerAuthenticationOptions? _current;
    private (string Certificate, string Key) _loaded;
    private long _checkedAt;
    private bool _failed;

    /// <exception cref="InvalidDataException">At the first time: the files do not hold a certificate and its key.</exception>
    /// <exception cref="IOException">At the first time: they cannot be read.</exception>
    public SslServerAuthenticationOptions Current()
    {
        lock (_lock)
        {
            if (_current is null) _current = Load(Read());
            else if (time.GetElapsedTime(_checkedAt) >= CheckInterval) Renew();
            else return _current;
            _checkedAt = time.GetTimestamp();
            return _current;
        }
    }

    // What was good goes on when what is new is not: it may be half written.
    private void Renew()
    {
        try
        {
            var files = Read();
            if (files != _loaded) _current = Load(files);
            _failed = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            if (!_failed) LogNotRenewed(e);
            _failed = true;
        }
    }

    private (string Certificate, string Key) Read()
    {
        if (options.CertificatePath is { } path) return (File.ReadAllText(path), File.ReadAllText(options.KeyPath!));
        var own = Path.Combine(dataDirectory, FileName);
        if (File.Exists(own) && File.ReadAllText(own) is var text && IsGood(text)) return (text, text);
        text = Make();
        Write(own, text);
        LogMade(own);
        return (text, text);
    }

    private SslServerAuthenticationOptions Load((string Certificate, string Key) files)
    {
        try
        {
            var certificate = X509Certificate2.CreateFromPem(files.Certificate, files.Key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(files.Certificate);
            // The first is the certificate itself.
            chain.RemoveAt(0);
            var context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
            _loaded = files;
            LogLoaded(certificate.Subject, certificate.NotAfter);
            return new SslServerAuthenticationOptions
            {
                ServerCertificateContext = context, EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            };
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidDataException(
                $"{options.CertificatePath ?? FileName} and {options.KeyPath ?? FileName} do not hold a certificate and its key in PEM.",
                e);
        }
    }

    private bool IsGood(string text)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(text, text);
            return certificate.NotAfter.ToUniversalTime() > (time.GetUtcNow() + LeastLeft).UtcDateTime;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    private string Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={hostName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(hostName);
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        var now = time.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now - TimeSpan.FromDays(1), now + Lifetime);
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }

    // Written aside and moved, so that a crash leaves no half a key.
    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var aside = $"{path}.new";
        File.Delete(aside);
        var file = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) file.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(aside, file)) writer.Write(text);
        File.Move(aside, path, overwrite: true);
    }

    [LoggerMessage(4213, LogLevel.Warning,
        "No certificate is configured for SMTP: {Path} was made, which nobody vouches for; clients that check certificates refuse it")]
    private partial void LogMade(string path);

    [LoggerMessage(4214, LogLevel.Information, "SMTP is encrypted with the certificate {Subject}, good until {NotAfter:yyyy-MM-dd}")]
    private partial void LogLoaded(string subject, DateTime notAfter);

    [LoggerMessage(4215, LogLevel.Error, "The certificate for SMTP has changed and cannot be used; the one before goes on")]
    private partial void LogNotRenewed(Exception exception);
}
