using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Server.Submission;
using Silo.Testing;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.Server.Tests.Submission;

public sealed class SmtpCertificatesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("silo-certificates-").FullName;
    private readonly HostileTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Without_a_certificate_one_is_made_once_for_this_user_alone()
    {
        var made = Subject(new SubmissionOptions());
        Assert.Equal("CN=mail.example", made.Subject);
        var path = Path.Combine(_directory, "smtp-self-signed.pem");
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal(made.Thumbprint, Subject(new SubmissionOptions()).Thumbprint);
        // Shortly before its end the next start makes another.
        _time.Advance(TimeSpan.FromDays(3_640));
        Assert.NotEqual(made.Thumbprint, Subject(new SubmissionOptions()).Thumbprint);
    }

    [Fact]
    public void A_certificate_that_changes_is_used_from_then_on_and_a_bad_one_never()
    {
        var (certificate, key) = (Path.Combine(_directory, "c.pem"), Path.Combine(_directory, "k.pem"));
        var certificates = Make(new SubmissionOptions { CertificatePath = certificate, KeyPath = key });
        Write(certificate, key, "one.example");
        var first = certificates.Current();
        Assert.Equal("CN=one.example", first.ServerCertificateContext!.TargetCertificate.Subject);
        File.WriteAllText(certificate, "-----BEGIN CERTIF");
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Same(first, certificates.Current());
        Write(certificate, key, "two.example");
        Assert.Same(first, certificates.Current());
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("CN=two.example", certificates.Current().ServerCertificateContext!.TargetCertificate.Subject);
        File.Delete(certificate);
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("CN=two.example", certificates.Current().ServerCertificateContext!.TargetCertificate.Subject);
    }

    [Fact]
    public void A_start_with_files_that_hold_none_says_so()
    {
        var file = Path.Combine(_directory, "c.pem");
        File.WriteAllText(file, "nothing");
        var error = Assert.Throws<InvalidDataException>(() => Make(new SubmissionOptions { CertificatePath = file, KeyPath = file }).Current());
        Assert.Contains(file, error.Message);
    }

    private X509Certificate2 Subject(SubmissionOptions options) => Make(options).Current().ServerCertificateContext!.TargetCertificate;

    private SmtpCertificates Make(SubmissionOptions options) =>
        new(options, _directory, "mail.example", _time, NullLogger<SmtpCertificates>.Instance);

    private static void Write(string certificatePath, string keyPath, string name)
    {
        using var certificate = SelfSigned.Certificate(name);
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(certificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
    }
}
