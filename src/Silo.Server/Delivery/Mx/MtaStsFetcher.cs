using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Silo.Server.Delivery.Mx;

/// <summary>Reads the policy that a domain publishes over HTTPS (RFC 8461 3.3): no redirects, a valid certificate, within limits.</summary>
internal sealed class MtaStsFetcher(HttpMessageHandler handler, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly HttpMessageInvoker _http = new(handler);

    /// <summary>The policy, or why there is none.</summary>
    public async ValueTask<(MtaStsPolicy? Policy, string? Failure)> Fetch(string domain, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"https://mta-sts.{domain}/.well-known/mta-sts.txt");
            using var response = await _http.SendAsync(request, either.Token);
            if (response.StatusCode != HttpStatusCode.OK) return (null, $"status {(int)response.StatusCode}");
            if (response.Content.Headers.ContentType?.MediaType is not "text/plain") return (null, "it is no text/plain");
            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            var bytes = new byte[MtaStsPolicy.MaxBytes + 1];
            var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, either.Token);
            if (length > MtaStsPolicy.MaxBytes) return (null, "it is too long");
            var text = Encoding.UTF8.GetString(bytes, 0, length);
            return MtaStsPolicy.TryParse(text, out var policy) ? (policy, null) : (null, "it is not well formed");
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException or OperationCanceledException or UriFormatException or FormatException)
        {
            return (null, e is OperationCanceledException ? "no answer in time" : e.Message);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>What reaches policy hosts in production: found by our own name servers, and nowhere on this machine.</summary>
    public static SocketsHttpHandler Https(MxRouter router) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        MaxResponseHeadersLength = 16,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5),
        SslOptions = new SslClientAuthenticationOptions { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 },
        ConnectCallback = async (context, cancellationToken) =>
        {
            var (addresses, none) = await router.Addresses(context.DnsEndPoint.Host, cancellationToken);
            if (none is not null) throw new IOException(none.Detail);
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync([.. addresses], context.DnsEndPoint.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}
