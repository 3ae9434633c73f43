using System.Globalization;
using System.Net;
using Silo.Core.ProviderData;

namespace Silo.Server.ProviderData;

/// <summary>Calls providers: no redirects, which would take keys along, no cookies, little time and bounded room.</summary>
internal sealed class ProviderHttp : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly HttpClient _client;

    public ProviderHttp(TimeProvider time)
    {
        _time = time;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, MaxConnectionsPerServer = 2, AutomaticDecompression = DecompressionMethods.None,
        };
        _client = new HttpClient(handler) { MaxResponseContentBufferSize = ProviderDataLimits.MaxBytes, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The body of an answer 200, or why there is none: words without a key.</summary>
    public async ValueTask<(byte[]? Body, string? Problem)> Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var response = await _client.SendAsync(request, either.Token);
            return response.StatusCode == HttpStatusCode.OK
                ? (await response.Content.ReadAsByteArrayAsync(either.Token), null)
                : (null, string.Create(CultureInfo.InvariantCulture, $"status {(int)response.StatusCode}"));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, "no answer in time");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // Its own words may hold the address, and a key stands in that.
            return e is HttpRequestException { HttpRequestError: var error and not HttpRequestError.Unknown }
                ? (null, error.ToString())
                : (null, "the connection failed");
        }
    }

    public void Dispose() => _client.Dispose();
}
