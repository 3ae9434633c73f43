using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Silo.Server.Hosting;

namespace Silo.Orleans.Hosting;

/// <summary>What the files of <see cref="ClusterTlsOptions"/> hold: the certificate to show, what it was issued by, and whom to trust.</summary>
/// <param name="Chain">As the certificate's file has it: sent along, since the other side may know the authority alone.</param>
/// <param name="Name">That certificates of this side and of the other have to be for.</param>
internal sealed record TlsFiles(
    X509Certificate2 Certificate, X509Certificate2Collection Chain, X509Certificate2Collection Authorities, string Name)
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    /// <summary>Reads the files that complete options name.</summary>
    /// <param name="section">Under which the caller's user knows the options.</param>
    /// <exception cref="InvalidDataException">
    /// A file cannot be read, the key is not the certificate's, or no other side would accept the certificate. The message names the key.
    /// </exception>
    public static TlsFiles Load(ClusterTlsOptions options, string section)
    {
        var authorities = Read(options.AuthorityFile!, $"{section}:AuthorityFile");
        var chain = Read(options.CertificateFile!, $"{section}:CertificateFile");
        var files = new TlsFiles(ReadWithKey(options, section), chain, authorities, options.TargetName!);
        return files.WhyNotTrusted(files.Certificate, chain) is { } reason
            ? throw new InvalidDataException(
                $"{section}:CertificateFile: no silo would accept the certificate in {options.CertificateFile}: {reason}")
            : files;
    }

    /// <summary>Why the other side's certificate does not count, as a sentence; null when it does.</summary>
    /// <param name="sent">Certificates that came along and may lead to an authority.</param>
    public string? WhyNotTrusted(X509Certificate2 certificate, X509Certificate2Collection sent)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(Authorities);
        policy.ExtraStore.AddRange(sent);
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        // Every silo is both.
        policy.ApplicationPolicy.Add(ServerAuthentication);
        policy.ApplicationPolicy.Add(ClientAuthentication);
        if (!chain.Build(certificate)) return string.Join(' ', chain.ChainStatus.Select(s => s.StatusInformation.Trim()).Distinct());
        return certificate.MatchesHostname(Name) ? null : $"It is not for the name {Name}.";
    }

    private static X509Certificate2Collection Read(string file, string key)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(file);
        }
        catch (Exception e) when (IsOfTheFile(e))
        {
            throw new InvalidDataException($"{key}: {file} cannot be read: {e.Message}", e);
        }

        return certificates.Count > 0 ? certificates : throw new InvalidDataException($"{key}: {file} holds no certificate in PEM.");
    }

    private static X509Certificate2 ReadWithKey(ClusterTlsOptions options, string section)
    {
        try
        {
            using var pem = X509Certificate2.CreateFromPemFile(options.CertificateFile!, options.KeyFile);
            // TLS on Windows takes no key that stands in memory alone.
            return OperatingSystem.IsWindows()
                ? X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null)
                : new X509Certificate2(pem);
        }
        catch (Exception e) when (IsOfTheFile(e))
        {
            var (key, file) = options.KeyFile is null ? ("CertificateFile", options.CertificateFile) : ("KeyFile", options.KeyFile);
            throw new InvalidDataException(
                $"{section}:{key}: {file} holds no private key of the certificate in {options.CertificateFile}: {e.Message}", e);
        }
    }

    private static bool IsOfTheFile(Exception e) => e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;
}
