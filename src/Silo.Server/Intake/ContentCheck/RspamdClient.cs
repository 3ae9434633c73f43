using System.Text;
using Silo.Core.Messages;

namespace Silo.Server.Intake.ContentCheck;

/// <summary>Asks a checker about one message: no redirects, no cookies, no proxy, little room for an answer.</summary>
internal sealed class RspamdClient : IDisposable
{
    private readonly ContentCheckOptions _options;
    private readonly Uri _address;
    private readonly HttpClient _client;

    public RspamdClient(ContentCheckOptions options)
    {
        (_options, _address) = (options, options.Address);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, UseProxy = false, MaxConnectionsPerServer = options.Parallel,
            ConnectTimeout = options.Timeout, MaxResponseHeadersLength = 16, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            // Addresses may have letters beyond ASCII (RFC 6531), which rspamd takes as UTF-8.
            RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        };
        _client = new HttpClient(handler) { MaxResponseContentBufferSize = RspamdAnswer.MaxBytes, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Null when there was no verdict, whatever the reason.</summary>
    /// <exception cref="OperationCanceledException">The token ended the wait.</exception>
    public async Task<ContentScore?> Ask(Envelope envelope, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ReadOnlyMemoryContent(content) };
        Add("From", envelope.Sender);
        // Several in one header, as rspamd reads them.
        Add("Rcpt", string.Join(", ", envelope.Destination));
        Add("Queue-Id", envelope.MessageId);
        Add("User", envelope.TenantName);
        if (!string.IsNullOrEmpty(_options.Ip)) Add("IP", _options.Ip);
        if (!string.IsNullOrEmpty(_options.Password)) Add("Password", _options.Password);
        try
        {
            using var response = await _client.SendAsync(request, cancellationToken);
            return response.IsSuccessStatusCode ? RspamdAnswer.Read(await response.Content.ReadAsByteArrayAsync(cancellationToken)) : null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return null;
        }

        void Add(string name, string value) => request.Headers.TryAddWithoutValidation(name, value);
    }

    public void Dispose() => _client.Dispose();
}
