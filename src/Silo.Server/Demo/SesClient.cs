using System.Net.Http.Headers;
using System.Text;
using Silo.Server.SesApi.Signing;

namespace Silo.Server.Demo;

/// <summary>Calls the API as any client would: over HTTP, signed.</summary>
internal sealed class SesClient(Uri endpoint, RequestSigner signer, TimeProvider time) : IDisposable
{
    private const string Root = "/v2/email/";
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = endpoint };

    /// <param name="operation">The path after /v2/email/.</param>
    public Task<SesReply> Post(string operation, string json) => Call(HttpMethod.Post, operation, json);

    private async Task<SesReply> Call(HttpMethod method, string operation, string json)
    {
        var body = Encoding.UTF8.GetBytes(json);
        var signature = signer.Sign(method.Method, Root + operation, endpoint.Authority, body, time.GetUtcNow());
        using var request = new HttpRequestMessage(method, Root + operation) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("x-amz-date", signature.Date);
        request.Headers.Add("x-amz-content-sha256", signature.BodySha256);
        request.Headers.TryAddWithoutValidation("Authorization", signature.Authorization);
        using var response = await _http.SendAsync(request);
        return new SesReply((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <exception cref="InvalidOperationException">The call was refused.</exception>
    public Task Demand(string operation, string json) => Demand(HttpMethod.Post, operation, json);

    /// <exception cref="InvalidOperationException">The call was refused.</exception>
    public async Task Demand(HttpMethod method, string operation, string json)
    {
        if (await Call(method, operation, json) is { IsSuccess: false } refused)
            throw new InvalidOperationException($"{operation} answered {refused.Status}: {refused.Body}");
    }

    public void Dispose() => _http.Dispose();
}

internal sealed record SesReply(int Status, string Body)
{
    public bool IsSuccess => Status == StatusCodes.Status200OK;
}
