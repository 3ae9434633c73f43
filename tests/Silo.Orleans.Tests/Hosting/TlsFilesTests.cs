using Microsoft.Extensions.Configuration;
using Silo.Orleans.Hosting;
using Silo.Server.Hosting;
using Xunit;

namespace Silo.Orleans.Tests.Hosting;

public sealed class TlsFilesTests : IDisposable
{
    private const string Name = "silo.internal";

    private readonly string _directory = Directory.CreateTempSubdirectory("silo-tls-").FullName;
    private readonly TestAuthority _authority;
    private readonly TestAuthority _stranger;

    public TlsFilesTests() => (_authority, _stranger) = (new TestAuthority(_directory, "own"), new TestAuthority(_directory, "stranger"));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Only_a_certificate_of_the_authority_for_the_name_and_for_both_sides_counts()
    {
        var files = TlsFiles.Load(Options(_authority), "Tls");
        Assert.Null(WhyNot(Options(_authority)));
        Assert.NotNull(WhyNot(Options(_stranger)));
        Assert.Equal($"It is not for the name {Name}.", WhyNot(Options(_authority, "other.internal")));
        // The issuing authority is known from the certificate's own file alone.
        Assert.NotNull(files.WhyNotTrusted(files.Certificate, []));

        string? WhyNot(ClusterTlsOptions of)
        {
            var other = TlsFiles.Load(of, "Tls");
            return files.WhyNotTrusted(other.Certificate, other.Chain);
        }
    }

    [Fact]
    public void What_is_wrong_with_a_file_is_told_with_its_key()
    {
        var missing = Path.Combine(_directory, "missing.pem");
        var empty = Path.Combine(_directory, "empty.pem");
        File.WriteAllText(empty, "nothing\n");
        AssertRefused("CertificateFile", o => o.CertificateFile = missing);
        AssertRefused("CertificateFile", o => o.CertificateFile = empty);
        AssertRefused("KeyFile", o => o.KeyFile = missing);
        AssertRefused("KeyFile", o => o.KeyFile = empty);
        AssertRefused("KeyFile", o => o.KeyFile = _stranger.Issue(Name).KeyFile);
        // Without a file of its own the key is sought beside the certificate.
        AssertRefused("CertificateFile", o => o.KeyFile = null);
        AssertRefused("AuthorityFile", o => o.AuthorityFile = missing);
        AssertRefused("AuthorityFile", o => o.AuthorityFile = empty);
    }

    [Fact]
    public void A_certificate_that_every_other_silo_would_turn_away_stops_the_start()
    {
        AssertRefused("CertificateFile", o => o.AuthorityFile = _stranger.AuthorityFile);
        AssertRefused("CertificateFile", o => o.TargetName = "other.internal");
        AssertRefused("CertificateFile", o => (o.CertificateFile, o.KeyFile) = _authority.Issue(Name, ["1.3.6.1.5.5.7.3.1"]));
        AssertRefused("CertificateFile", o => (o.CertificateFile, o.KeyFile) = _authority.Issue(Name, expiredSince: TimeSpan.FromMinutes(1)));
    }

    [Theory]
    [InlineData("CertificateFile")]
    [InlineData("AuthorityFile")]
    [InlineData("TargetName")]
    [InlineData("KeyFile")]
    public void Half_of_what_TLS_needs_is_an_error_and_not_a_cluster_without_it(string key)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Silo:Cluster:Tls:" + key, "x")]).Build();
        Assert.Contains("Silo:Cluster:Tls:CertificateFile", Assert.Single(SiloSettings.Read(configuration).Errors), StringComparison.Ordinal);
    }

    private static ClusterTlsOptions Options(TestAuthority authority, string name = Name)
    {
        var (certificate, key) = authority.Issue(name);
        return new ClusterTlsOptions { CertificateFile = certificate, KeyFile = key, AuthorityFile = authority.AuthorityFile, TargetName = name };
    }

    private void AssertRefused(string key, Action<ClusterTlsOptions> spoil)
    {
        var options = Options(_authority);
        spoil(options);
        var refused = Assert.Throws<InvalidDataException>(() => TlsFiles.Load(options, "Silo:Cluster:Tls"));
        Assert.StartsWith($"Silo:Cluster:Tls:{key}: ", refused.Message, StringComparison.Ordinal);
    }
}
