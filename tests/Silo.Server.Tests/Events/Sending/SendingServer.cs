using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Silo.Server.Hosting;
using Silo.Server.Tests.SesApi;
using Silo.Storage;
using Silo.Storage.Sqlite;
using Xunit;

namespace Silo.Server.Tests.Events.Sending;

/// <summary>The whole server with the simulator as the way out.</summary>
internal sealed class SendingServer : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("silo-sending-").FullName;
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private WebApplication _app = null!;
    private ISiloStore _store = null!;

    public Uri Url { get; private set; } = null!;

    public IServiceProvider Provider => _app.Services;

    public static async Task<SendingServer> Start(params (string Key, string Value)[] more)
    {
        var server = new SendingServer { Url = new Uri($"http://127.0.0.1:{FreePort()}") };
        var builder = WebApplication.CreateSlimBuilder();
        var values = new Dictionary<string, string?>
        {
            ["Silo:DataDirectory"] = server._directory,
            ["Silo:Http:Url"] = server.Url.ToString().TrimEnd('/'),
            ["Silo:Public:Url"] = "http://127.0.0.1:0",
            ["Silo:Smtp:Endpoint"] = "127.0.0.1:0",
            ["Silo:RootAccessKeyId"] = ApiServer.KeyId,
            ["Silo:RootSecretAccessKey"] = ApiServer.Secret,
            ["Silo:Events:AllowPrivateAddresses"] = "true",
        };
        foreach (var (key, value) in more) values[key] = value;
        builder.Configuration.AddInMemoryCollection(values);
        var (settings, errors) = SiloSettings.Read(builder.Configuration);
        Assert.Empty(errors);
        Assert.Empty(settings.UnknownKeys);
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = server._directory, MinFreeDiskBytes = 0 }, TimeProvider.System, default);
        server._store = ((StoreOpening.Opened)opening).Store;
        server._app = SiloServer.Build(builder, settings, server._store, SiloServer.AddEmbeddedEngine);
        await server._app.StartAsync();
        await server.Call("POST", "/v2/email/identities", """{"EmailIdentity":"example.com"}""");
        return server;
    }

    public async Task<JsonNode> Call(string method, string path, string? body = null)
    {
        var (status, text) = await Send(method, path, body, signed: true);
        Assert.True(status == HttpStatusCode.OK, $"{method} {path} answered {status}: {text}");
        return JsonNode.Parse(text)!;
    }

    public Task<JsonNode> SendMail(string to) => Call("POST", "/v2/email/outbound-emails", """
        {"FromEmailAddress":"news@example.com","Destination":{"ToAddresses":["TO"]},
        "Content":{"Simple":{"Subject":{"Data":"Hello"},"Body":{"Text":{"Data":"It works."}}}}}
        """.Replace("TO\"", to + "\"", StringComparison.Ordinal));

    public async Task<(HttpStatusCode Status, string Body)> Send(string method, string path, string? body = null, bool signed = false)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Url, path));
        var bytes = Encoding.UTF8.GetBytes(body ?? "");
        if (body is not null)
        {
            request.Content = new ByteArrayContent(bytes);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        }

        if (signed) ApiServer.Sign(request, bytes, declaresHash: true);
        using var response = await _client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
