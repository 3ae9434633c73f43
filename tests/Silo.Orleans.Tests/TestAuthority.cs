using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Silo.Orleans.Tests;

/// <summary>Issues certificates into PEM files, as an operator's own authority would.</summary>
internal sealed class TestAuthority
{
    private static readonly string[] ServerAndClient = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];

    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _issuing;
    private readonly string _directory;

    /// <summary>A root, and below it the authority that issues, which only a certificate's own file tells of.</summary>
    public TestAuthority(string directory, string name)
    {
        (_directory, Name) = (directory, name);
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _root = Authority($"CN={name} root", rootKey).CreateSelfSigned(NotBefore, NotAfter);
        var issuingKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = Authority($"CN={name} issuing", issuingKey).Create(_root, NotBefore, NotAfter, [1]);
        _issuing = issued.CopyWithPrivateKey(issuingKey);
        AuthorityFile = Write("authority.pem", _root.ExportCertificatePem());
    }

    public string Name { get; }

    public string AuthorityFile { get; }

    private static DateTimeOffset NotBefore => TimeProvider.System.GetUtcNow().AddHours(-1);

    private static DateTimeOffset NotAfter => TimeProvider.System.GetUtcNow().AddDays(1);

    /// <summary>Both in one file's folder: certificate with its chain, and key.</summary>
    public (string CertificateFile, string KeyFile) Issue(string hostName, string[]? uses = null, TimeSpan expiredSince = default)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={hostName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(hostName);
        request.CertificateExtensions.Add(names.Build());
        var usages = new OidCollection();
        foreach (var use in uses ?? ServerAndClient) usages.Add(new Oid(use));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, critical: false));
        var notAfter = expiredSince > TimeSpan.Zero ? TimeProvider.System.GetUtcNow() - expiredSince : new DateTimeOffset(_issuing.NotAfter).AddMinutes(-1);
        using var certificate = request.Create(_issuing, NotBefore.AddSeconds(1), notAfter, RandomNumberGenerator.GetBytes(8));
        var file = Guid.NewGuid().ToString("n");
        return (
            Write(file + ".pem", certificate.ExportCertificatePem() + "\n" + _issuing.ExportCertificatePem()),
            Write(file + ".key", key.ExportPkcs8PrivateKeyPem()));
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private string Write(string file, string pem)
    {
        var path = Path.Combine(_directory, $"{Name}-{file}");
        File.WriteAllText(path, pem, Encoding.ASCII);
        return path;
    }
}
