using System.Globalization;
using Silo.Server.Access;
using Silo.Server.Demo;
using Silo.Server.Hosting;
using Silo.Server.SesApi.Signing;
using Silo.Server.Submission;
using Silo.Server.Tenants;
using Silo.Storage;
using Silo.Storage.Sqlite;

namespace Silo.Benchmarks.Send;

/// <summary>
/// The process under measurement. Talks over its standard input and output: prints its address and key, then answers each line that
/// it reads with what it has used so far, once nothing is under way any more.
/// </summary>
internal static class SendServer
{
    /// <summary>An empty endpoint of the same web server that reads the same bodies: the floor.</summary>
    public static async Task<int> RunEmpty()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var answer = """{"MessageId":"0100018f00000000-00000000-0000-0000-0000-000000000000-000000"}"""u8.ToArray();
        app.MapPost("/v2/email/outbound-emails", async context =>
        {
            while (await context.Request.BodyReader.ReadAsync() is var read)
            {
                context.Request.BodyReader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }

            context.Response.ContentType = "application/json";
            context.Response.ContentLength = answer.Length;
            await context.Response.Body.WriteAsync(answer);
        });
        await app.StartAsync();
        await Converse(app, "- - -", () => Task.FromResult(true));
        await app.StopAsync();
        return 0;
    }

    /// <summary>The real server on a durable store.</summary>
    /// <param name="delivers">False: tenants may hand over next to nothing, so that only the way in is measured.</param>
    /// <param name="tenants">How many to create.</param>
    public static Task<int> RunReal(bool delivers, int tenants) => RunReal(delivers, tenants, signs: true, static _ => { });

    /// <summary>The real server with mail leaving to the relay at a port of this machine; senders of this machine need no key.</summary>
    /// <param name="signs">Whether what leaves gets a DKIM signature.</param>
    public static Task<int> RunRelay(int port, int connections, int tenants, bool signs) => RunReal(delivers: true, tenants, signs, settings =>
    {
        settings.Transport.Kind = TransportKind.Smtp;
        (settings.Relay.Host, settings.Relay.Port, settings.Relay.MaxConnections) = ("127.0.0.1", port, connections);
        settings.Submission.TrustedNetworks.Add("127.0.0.0/8");
        (settings.Submission.Endpoint, settings.Submission.MaxConnectionsPerAddress) = ("127.0.0.1:0", 1_000);
    });

    private static async Task<int> RunReal(bool delivers, int tenants, bool signs, Action<SiloSettings> configure)
    {
        var directory = Directory.CreateTempSubdirectory("silo-send-");
        try
        {
            var (settings, _) = SiloSettings.Read(new ConfigurationBuilder().Build());
            settings.Silo.DataDirectory = directory.FullName;
            settings.Silo.Http.Url = "http://127.0.0.1:0";
            settings.Public.Url = "http://127.0.0.1:0";
            (settings.Tenants.SendRate, settings.Tenants.SendBurst) = delivers ? (1_000_000, 1_000_000) : (0.01, 1);
            settings.Tenants.BacklogCap = 100_000_000;
            configure(settings);
            var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = directory.FullName }, TimeProvider.System, default);
            await using var store = ((StoreOpening.Opened)opening).Store;
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            await using var app = SiloServer.Build(builder, settings, store, SiloServer.AddEmbeddedEngine);
            await app.StartAsync();
            var key = app.Services.GetRequiredService<AccessKeys>().Root;
            using var client = new SesClient(new Uri(app.Urls.First()), new RequestSigner(key, settings.Silo.Region), TimeProvider.System);
            await SetUp(client, settings, tenants, signs);
            var all = app.Services.GetRequiredService<ITenants>();
            var submission = app.Services.GetRequiredService<SubmissionService>().EndPoints[0].EndPoint;
            await Converse(app, $"{key.Id} {key.Secret} {submission}", () => delivers ? IsEmpty(all, tenants) : Task.FromResult(true));
            await app.StopAsync();
            return 0;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    public static string TenantName(int number) => $"tenant-{number}";

    private static async Task SetUp(SesClient client, SiloSettings settings, int tenants, bool signs)
    {
        await client.Demand("identities", """{"EmailIdentity":"sender.example"}""");
        if (!signs) await client.Demand(HttpMethod.Put, "identities/sender.example/dkim", """{"SigningEnabled":false}""");
        await client.Demand("configuration-sets", """{"ConfigurationSetName":"news"}""");
        for (var i = 0; i < tenants; i++)
        {
            await client.Demand("tenants", $$"""{"TenantName":"{{TenantName(i)}}"}""");
            foreach (var resource in new[] { "identity/sender.example", "configuration-set/news" })
            {
                var arn = $"arn:aws:ses:{settings.Silo.Region}:{settings.Silo.AccountId}:{resource}";
                await client.Demand("tenants/resources", $$"""{"TenantName":"{{TenantName(i)}}","ResourceArn":"{{arn}}"}""");
            }
        }
    }

    private static async Task<bool> IsEmpty(ITenants all, int tenants)
    {
        for (var i = 0; i < tenants; i++)
            if (await all.Get(TenantName(i)).Describe(default) is { Books.Open: > 0 }) return false;
        return true;
    }

    private static async Task Converse(WebApplication app, string key, Func<Task<bool>> isSettled)
    {
        Console.WriteLine($"ready {app.Urls.First()} {key}");
        while (await Console.In.ReadLineAsync() is not null)
        {
            while (!await isSettled()) await Task.Delay(10);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"used {Environment.CpuUsage.TotalTime.TotalMicroseconds:F0} {GC.GetTotalAllocatedBytes()}"));
        }
    }
}
