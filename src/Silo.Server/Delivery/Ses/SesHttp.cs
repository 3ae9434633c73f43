using System.Net;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.Util;

namespace Silo.Server.Delivery.Ses;

/// <summary>Signed calls over kept connections, with a bound on everything that comes back.</summary>
internal sealed class SesHttp : IDisposable
{
    // Of an answer that is longer than what is read of it, this much is thrown away to keep the connection; else it is closed.
    private const int DrainedBytes = 64 << 10;

    private readonly HttpClient _http;
    private readonly SesPlace _place;
    private readonly SesSigner _signer;
    private readonly int _maxResponseBytes;

    public SesHttp(SesPlace place, SesOptions options, TimeProvider time)
    {
        (_place, _maxResponseBytes) = (place, options.MaxResponseBytes);
        _signer = new SesSigner(place, time);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            // One more, so that asking for the limits does not wait behind the mail.
            MaxConnectionsPerServer = options.MaxConnections + 1,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionIdleTimeout = options.IdleTimeout,
            // Names of the service change their addresses.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            MaxResponseDrainSize = DrainedBytes,
            ActivityHeadersPropagator = null,
        };
        // The caller's token bounds the time of a call, by the caller's clock.
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Host and port, as shown to people.</summary>
    public string Host => _place.Endpoint.Authority;

    /// <param name="labels">What stands in place of {0}, {1} … in the path, not escaped.</param>
    /// <param name="query">Not escaped, each name once.</param>
    public HttpRequestMessage Request(
        HttpMethod method, string path, HttpContent? content, ReadOnlySpan<byte> body, ImmutableCredentials credentials,
        IReadOnlyList<string>? labels = null, IReadOnlyList<KeyValuePair<string, string>>? query = null)
    {
        var message = new HttpRequestMessage(method, new Uri(_place.Endpoint, OnTheLine(path, labels, query))) { Content = content };
        message.Headers.TryAddWithoutValidation("User-Agent", "silo");
        _signer.Sign(message, path, Convert.ToHexStringLower(SHA256.HashData(body)), credentials, labels, query);
        return message;
    }

    /// <param name="answered">Called when the head of the answer is there.</param>
    /// <exception cref="HttpRequestException">No answer: not connected, broken, or no HTTP.</exception>
    /// <exception cref="OperationCanceledException">The token, before the head of the answer; after it, an answer without its body.</exception>
    public async ValueTask<SesReply> Call(HttpRequestMessage message, Action? answered, CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        answered?.Invoke();
        var (body, isWhole) = await Read(response.Content, cancellationToken);
        return SesReply.Of((int)response.StatusCode, response.Headers, body, isWhole);
    }

    public void Dispose() => _http.Dispose();

    private static string OnTheLine(string path, IReadOnlyList<string>? labels, IReadOnlyList<KeyValuePair<string, string>>? query)
    {
        // By the SDK's own rules, since its signer signs what those make of it.
        if (labels is { Count: > 0 })
            path = AWSSDKUtils.ResolveResourcePathV2(path, labels.Select((label, i) => ($"{{{i}}}", label)).ToDictionary());
        return query is not { Count: > 0 } ? path
            : $"{path}?{string.Join('&', query.Select(q => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(q.Value)}"))}";
    }

    private async ValueTask<(ReadOnlyMemory<byte> Body, bool IsWhole)> Read(HttpContent content, CancellationToken cancellationToken)
    {
        var buffer = new byte[Math.Min(_maxResponseBytes, 4096)];
        var length = 0;
        try
        {
            await using var stream = await content.ReadAsStreamAsync(cancellationToken);
            while (true)
            {
                if (length == buffer.Length)
                {
                    if (length == _maxResponseBytes) return (buffer, await stream.ReadAsync(new byte[1], cancellationToken) == 0);
                    Array.Resize(ref buffer, (int)Math.Min(_maxResponseBytes, buffer.Length * 2L));
                }

                var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
                if (read == 0) return (buffer.AsMemory(0, length), true);
                length += read;
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The head was read, and it tells more than that there was no answer.
            return (buffer.AsMemory(0, length), false);
        }
    }
}
