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
    /// <exception cref="InvalidDataException">The files are of no use; the message names the key.</exception>
    public static void Configure(ISiloBuilder silo, ClusterTlsOptions options)
    {
        if (options.CertificateFile is not null) silo.UseTls(Apply(TlsFiles.Load(options, ClusterTlsOptions.Section)));
    }

    /// <exception cref="InvalidDataException">The files are of no use; the message names the key.</exception>
    public static void Configure(IClientBuilder client, ClusterTlsOptions options)
    {
        if (options.CertificateFile is not null) client.UseTls(Apply(TlsFiles.Load(options, "Tls")));
    }

    private static Action<TlsOptions> Apply(TlsFiles files)
    {
        var context = SslStreamCertificateContext.Create(files.Certificate, files.Chain, offline: true);
        return tls =>
        {
            tls.LocalCertificate = files.Certificate;
            tls.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
            tls.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
            tls.RemoteCertificateValidation = (peer, chain, _) => files.WhyNotTrusted(peer, chain?.ChainPolicy.ExtraStore ?? []) is null;
            tls.OnAuthenticateAsServer = (_, server) =>
            {
                var options = (SslServerAuthenticationOptions)server.SslServerAuthenticationOptions;
                (options.ServerCertificateSelectionCallback, options.ServerCertificate) = (null, null);
                options.ServerCertificateContext = context;
            };
            tls.OnAuthenticateAsClient = (_, client) =>
            {
                var options = (SslClientAuthenticationOptions)client.SslClientAuthenticationOptions;
                (options.TargetHost, options.ClientCertificateContext) = (files.Name, context);
            };
        };
    }
}
