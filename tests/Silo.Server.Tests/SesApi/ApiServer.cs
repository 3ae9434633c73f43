using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Silo.Server.Access;
using Silo.Server.Hosting;
using Silo.Server.SesApi;
using Silo.Storage;
using Silo.Storage.Sqlite;
using Xunit;

namespace Silo.Server.Tests.SesApi;

/// <summary>The whole server on a loopback port, with SQLite in a directory of its own and the simulator as the way out.</summary>
public sealed class ApiServer : IAsyncLifetime
{
    public const string KeyId = "AKIATESTS00000000001";
    public const string Secret = "tests/secret";
    private readonly string _directory = Directory.CreateTempSubdirectory("silo-api-").FullName;
    private readonly HttpClient _client = new();
    private WebApplication? _app;
    private ISiloStore? _store;

    /// <summary>Besides what every test has; to be set before the start.</summary>
    internal Dictionary<string, string?> Settings { get; } = [];

    /// <summary>Puts something between the server and its store; to be set before the start.</summary>
    internal Func<ISiloStore, ISiloStore> Wrap { get; set; } = store => store;

    public IServiceProvider Provider => _app!.Services;

    internal SesServices Services => _app!.Services.GetRequiredService<SesServices>();

    internal BodyBudget Budget => _app!.Services.GetRequiredService<BodyBudget>();

    /// <summary>The root key, from nowhere.</summary>
    internal static Caller Root { get; } = new(new AccessKey(KeyId, Secret), null);

    public Uri Url { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Silo:DataDirectory"] = _directory,
            ["Silo:Http:Url"] = "http://127.0.0.1:0",
            ["Silo:Public:Url"] = "http://127.0.0.1:0",
            ["Silo:RootAccessKeyId"] = KeyId,
            ["Silo:RootSecretAccessKey"] = Secret,
            ["Silo:Smtp:Endpoint"] = "127.0.0.1:0",
            ["Silo:Events:Targets:0:Arn"] = "arn:aws:sns:us-east-1:000000000000:events",
            ["Silo:Events:Targets:0:Url"] = "https://events.example/sns",
        });
        builder.Configuration.AddInMemoryCollection(Settings);
        var (settings, errors) = SiloSettings.Read(builder.Configuration);
        Assert.Empty(errors);
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = _directory }, TimeProvider.System, CancellationToken.None);
        _store = ((StoreOpening.Opened)opening).Store;
        _app = SiloServer.Build(builder, settings, Wrap(_store), SiloServer.AddEmbeddedEngine);
        await _app.StartAsync();
        Url = new Uri(_app.Urls.First());
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _app!.StopAsync();
        await _app.DisposeAsync();
        await _store!.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Sends a request; signed unless told otherwise. Paths must need no escape beyond those that they hold.</summary>
    internal async Task<(HttpResponseMessage Response, string Body)> Send(
        string method, string path, string? body = null, bool signed = true, bool declaresHash = true, string? signedBody = null,
        AccessKey? by = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Url, path));
        var bytes = Encoding.UTF8.GetBytes(body ?? "");
        if (body is not null)
        {
            request.Content = new ByteArrayContent(bytes);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        }

        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        if (signed) Sign(request, signedBody is null ? bytes : Encoding.UTF8.GetBytes(signedBody), declaresHash, by);
        var response = await _client.SendAsync(request);
        return (response, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Sends a signed POST whose body is framed by the test, and reads the answer until the server closes.</summary>
    internal async Task<string> SendChunked(string path, string framedBody)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Url, path));
        Sign(request, [], declaresHash: false);
        var headers = string.Concat(request.Headers.Select(h => $"{h.Key}: {h.Value.First()}\r\n"));
        using var connection = new TcpClient();
        await connection.ConnectAsync(Url.Host, Url.Port);
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: {Url.Authority}\r\n{headers}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n{framedBody}"));
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync();
    }

    // SigV4 once more, straight from its description, so that the server's own code does not vouch for itself.
    internal static void Sign(HttpRequestMessage request, byte[] body, bool declaresHash, AccessKey? by = null)
    {
        var now = DateTimeOffset.UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'");
        var hash = Convert.ToHexStringLower(SHA256.HashData(body));
        request.Headers.TryAddWithoutValidation("X-Amz-Date", now);
        if (declaresHash) request.Headers.TryAddWithoutValidation("X-Amz-Content-SHA256", hash);
        var path = string.Join('/', request.RequestUri!.AbsolutePath.Split('/').Select(Uri.EscapeDataString));
        var query = string.Join('&', request.RequestUri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        var canonical = $"{request.Method}\n{path}\n{query}\nhost:{request.RequestUri.Authority}\nx-amz-date:{now}\n\nhost;x-amz-date\n{hash}";
        var scope = $"{now[..8]}/us-east-1/ses/aws4_request";
        var toSign = $"AWS4-HMAC-SHA256\n{now}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + (by?.Secret ?? Secret));
        foreach (var part in scope.Split('/')) key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        request.Headers.TryAddWithoutValidation(
            "Authorization", $"AWS4-HMAC-SHA256 Credential={by?.Id ?? KeyId}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}");
    }
}
