using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Orleans.Connections.Security;
using Orleans.Hosting;
using Silo.Server.Hosting;

namespace Silo.Orleans.Hosting;

/// <summary>
/// Mutual TLS between silos, and between clients and silos: each side shows a certificate, which has to come from the authority and to be
/// for the name that are given. The system's own authorities count for nothing here.
/// </summary>
internal static class ClusterTls
{
    public static void Configure(ISiloBuilder silo, ClusterTlsOptions options)
    {
        if (options.CertificateFile is not null) silo.UseTls(Apply(options));
    }

    public static void Configure(IClientBuilder client, ClusterTlsOptions options)
    {
        if (options.CertificateFile is not null) client.UseTls(Apply(options));
    }

    private static Action<TlsOptions> Apply(ClusterTlsOptions options)
    {
        var certificate = Load(options);
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(options.AuthorityFile!);
        var name = options.TargetName!;
        return tls =>
        {
            tls.LocalCertificate = certificate;
            tls.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
            tls.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
            tls.RemoteCertificateValidation = (peer, _, _) => IsTrusted(peer, authorities, name);
            tls.OnAuthenticateAsClient = (_, client) => client.TargetHost = name;
        };
    }

    internal static bool IsTrusted(X509Certificate2 peer, X509Certificate2Collection authorities, string name)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(peer) && peer.MatchesHostname(name);
    }

    private static X509Certificate2 Load(ClusterTlsOptions options)
    {
        using var pem = X509Certificate2.CreateFromPemFile(options.CertificateFile!, options.KeyFile);
        // TLS on Windows takes no key that stands in memory alone.
        return OperatingSystem.IsWindows()
            ? X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null)
            : new X509Certificate2(pem);
    }
}
