using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Server.Accounts;
using Silo.Server.Blocklists;
using Silo.Server.Egress;
using Silo.Server.ProviderData;
using Silo.Server.Tests.Blocklists;

namespace Silo.Server.Tests.ProviderData;

/// <summary>An engine, and a server on loopback that is Google and Microsoft.</summary>
internal sealed class ProviderScene : IAsyncDisposable
{
    public const string SndsKey = "0a1b2c3d-secret-key";

    private readonly string _directory = Directory.CreateTempSubdirectory("silo-provider-").FullName;
    private readonly WebApplication _app;
    private readonly ProviderHttp _http;

    private ProviderScene(BlocklistScene engine, WebApplication app)
    {
        (Scene, _app) = (engine, app);
        _http = new ProviderHttp(TimeProvider.System);
        File.WriteAllText(
            KeyFile,
            new JsonObject
            {
                ["type"] = "service_account", ["client_email"] = "silo@project.iam.example", ["private_key_id"] = "k1",
                ["private_key"] = Key.ExportPkcs8PrivateKeyPem(),
            }.ToJsonString());
    }

    public BlocklistScene Scene { get; }

    public RSA Key { get; } = RSA.Create(2048);

    public string KeyFile => Path.Combine(_directory, "key.json");

    public string Url { get; private set; } = "";

    /// <summary>What was asked: path and query, authorization, body.</summary>
    public ConcurrentQueue<(string Path, string? Authorization, string Body)> Asked { get; } = new();

    public Func<string, string, (int Status, string Body)> Answer { get; set; } = (_, _) => (404, "");

    public static async Task<ProviderScene> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var scene = new ProviderScene(await BlocklistScene.Start(), builder.Build());
        scene._app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var (path, body) = (context.Request.Path + context.Request.QueryString.Value, await reader.ReadToEndAsync());
            scene.Asked.Enqueue((path, context.Request.Headers.Authorization, body));
            (context.Response.StatusCode, var answer) = scene.Answer(path, body);
            if (context.Response.StatusCode == 302) context.Response.Headers.Location = scene.Url + "/elsewhere";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(answer));
        });
        await scene._app.StartAsync();
        scene.Url = scene._app.Urls.First();
        return scene;
    }

    public ProviderImports Imports()
    {
        var (store, time, arns) = (Scene.Engine.Store.Resources, Scene.Engine.Time, new Arns("us-east-1", "000000000000"));
        var account = new AccountResources(store, arns, time);
        return new ProviderImports(
            store, arns, account, new BlocklistSubjects(store, arns, account, new SendingPools(store, time), time), Scene.Engine.Tenants, time,
            NullLogger<ProviderImports>.Instance);
    }

    /// <summary>A silo's service.</summary>
    public ProviderFetchService Service(ProviderDataOptions options)
    {
        var time = Scene.Engine.Time;
        return new ProviderFetchService(
            Scene.Engine.Store.Resources, options, new ProviderFetcher(options, new GoogleTokens(options.Google, _http, time), _http, time), Imports(),
            time, NullLogger<ProviderFetchService>.Instance);
    }

    /// <summary>Writes the service account's file with the place to get tokens from.</summary>
    public void PointTokensHere()
    {
        var file = JsonNode.Parse(File.ReadAllText(KeyFile))!;
        file["token_uri"] = Url + "/token";
        File.WriteAllText(KeyFile, file.ToJsonString());
    }

    public async ValueTask DisposeAsync()
    {
        await Scene.DisposeAsync();
        await _app.DisposeAsync();
        _http.Dispose();
        Key.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
