using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Silo.Server.Events.Sending;

/// <summary>The addresses of a host's name, as they are now.</summary>
internal delegate Task<IPAddress[]> HostLookup(string host, CancellationToken cancellationToken);

/// <summary>
/// Posts to endpoints that strangers name: only to addresses that <see cref="PublicAddress"/> allows, decided about the very address that is
/// connected to; no redirects, no cookies, no proxy, little time, and next to nothing is read of what comes back.
/// </summary>
internal sealed class EndpointClient : IDisposable
{
    private const int MaxAnswerBytes = 512;
    private const int MaxHeaderKilobytes = 16;
    private const int MaxAddresses = 4;

    private readonly HttpClient _client;
    private readonly PublicAddress _allowed;
    private readonly HostLookup _lookup;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    public EndpointClient(PublishingOptions options, HostLookup lookup, TimeProvider time)
    {
        (_allowed, _lookup, _timeout, _time) = (PublicAddress.Of(options), lookup, options.RequestTimeout, time);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            // A proxy would connect in this server's place, to wherever it likes.
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectCallback = Connect,
            // A connection that is being made outlives the request that asked for it.
            ConnectTimeout = options.RequestTimeout,
            MaxConnectionsPerServer = options.MaxConnectionsPerHost,
            MaxResponseHeadersLength = MaxHeaderKilobytes,
            MaxResponseDrainSize = 64 << 10,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ActivityHeadersPropagator = null,
        };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <exception cref="OperationCanceledException">The token alone; time that runs out is an outcome.</exception>
    public async Task<SendOutcome> Post(Uri url, HttpContent content, IEnumerable<(string Name, string Value)> headers, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content, Version = HttpVersion.Version11 };
        request.Headers.TryAddWithoutValidation("User-Agent", "Silo");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var patience = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return await Judge(response, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new SendOutcome.NotNow(patience.IsCancellationRequested
                ? string.Create(CultureInfo.InvariantCulture, $"no answer came within {_timeout.TotalSeconds:0.#} s")
                : "no connection could be made in time");
        }
        catch (HttpRequestException e)
        {
            return new SendOutcome.NotNow(Innermost(e));
        }
        catch (IOException e)
        {
            return new SendOutcome.NotNow(e.Message);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<SendOutcome> Judge(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        if (status is >= 200 and < 300) return SendOutcome.Taken.Instance;
        var (why, said) = ($"the answer was {status}", await Said(response, cancellationToken));
        return status switch
        {
            410 => new SendOutcome.Gone(why) { Said = said },
            >= 300 and < 400 => new SendOutcome.NotNow($"{why}, and redirects are not followed"),
            400 or 406 or 411 or 413 or 415 or 422 or 431 => new SendOutcome.Refused(why) { Said = said },
            _ => new SendOutcome.NotNow(why, RetryAfter(response)) { Said = said },
        };
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - _time.GetUtcNow(),
        _ => null,
    };

    /// <summary>The beginning of what the endpoint says, for whoever has to mend it.</summary>
    private static async Task<string?> Said(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var buffer = new byte[MaxAnswerBytes];
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            var text = new string([.. Encoding.UTF8.GetString(buffer, 0, length).Select(c => char.IsControl(c) ? ' ' : c)]).Trim();
            return text.Length == 0 ? null : text;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The status tells enough.
            return null;
        }
    }

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host.Trim('[', ']'), context.DnsEndPoint.Port);
        var found = IPAddress.TryParse(host, out var literal) ? [literal] : await _lookup(host, cancellationToken);
        // What was looked up here is what is connected to: a name that answers otherwise the next time gains nothing.
        var allowed = found.Where(_allowed.Allows).Take(MaxAddresses).ToList();
        if (allowed.Count == 0)
            throw new HttpRequestException(found.Length == 0 ? $"{host} has no address" : $"{host} is at no address that endpoints may have");
        for (var i = 0; ; i++)
        {
            // One that does not answer leaves time for the next ones, and for the POST.
            using var patience = new CancellationTokenSource(
                i + 1 < allowed.Count ? _timeout / (allowed.Count + 1) : Timeout.InfiniteTimeSpan, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            var socket = new Socket(allowed[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(allowed[i], port, either.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception e) when (i + 1 < allowed.Count
                && e is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner) exception = inner;
        return exception.Message.TrimEnd('.');
    }
}
