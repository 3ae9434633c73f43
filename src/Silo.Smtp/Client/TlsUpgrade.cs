using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Silo.Smtp.Client;

/// <summary>The TLS handshake as a client, and the change of streams behind it.</summary>
internal static class TlsUpgrade
{
    public static async ValueTask<(SmtpFault Fault, string? Detail)> Run(Wire wire, SmtpClientOptions options)
    {
        var secure = new SslStream(wire.Stream, leaveInnerStreamOpen: false);
        try
        {
            wire.Watchdog.Arm(options.Timeouts.Hello);
            await secure.AuthenticateAsClientAsync(Authentication(options), wire.Watchdog.Token);
            wire.Watchdog.Disarm();
        }
        catch (Exception e) when (Wire.IsLoss(e) || e is AuthenticationException or InvalidOperationException)
        {
            await secure.DisposeAsync();
            return (wire.Watchdog.Fault == SmtpFault.None ? SmtpFault.TlsFailed : wire.Watchdog.Fault, e.Message);
        }

        // A new reader over the new stream: nothing that was read in plain text survives.
        wire.Continue(secure);
        return (wire.Watchdog.Fault, null);
    }

    private static SslClientAuthenticationOptions Authentication(SmtpClientOptions options)
    {
        var tls = new SslClientAuthenticationOptions { TargetHost = options.ServerName };
        // Whose name is to be proven is not to be spoken to in versions that are broken (RFC 8461 4.2); any other encryption beats none.
        if (options.MustVerify) tls.EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        if (!options.MustVerify) tls.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        else if (options.TrustedRoots is { } roots)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(roots);
        }

        return tls;
    }
}
