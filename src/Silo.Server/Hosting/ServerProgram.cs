using System.Net.Sockets;
using System.Security.Cryptography;
using Silo.Server.Access;
using Silo.Server.Demo;
using Silo.Server.Submission;
using Silo.Server.Importing;
using Silo.Server.WarmUp;
using Silo.Server.WebConsole.Sessions;
using Silo.Storage;
using Spectre.Console;

namespace Silo.Server.Hosting;

/// <summary>
/// The program: reads settings, opens the store, runs until told to stop. Exit codes: 0 clean, 1 could not start, 2 wrong arguments,
/// 3 it lost its tenants or its store while it ran.
/// </summary>
internal static class ServerProgram
{
    private const string Usage = """
        usage: Silo.Server [--Silo:Key=value …]    serves; every key of docs/operations.md can be given
               Silo.Server demo [--seconds 60]     shows the pause of a bad tenant
               Silo.Server warm-up …               prints what a warm-up lets leave, day by day
               Silo.Server import ses …            takes tenants and resources over from an SES account, dry run first
               Silo.Server healthcheck             exits 0 when the server of this configuration is ready
        """;

    private const int Lost = 3;

    private static readonly TimeSpan LostGrace = TimeSpan.FromSeconds(2);

    public static Task<int> Run(string[] args) => Run(args, isCluster: false, SiloServer.AddEmbeddedEngine);

    internal static async Task<int> Run(string[] args, bool isCluster, Action<IHostApplicationBuilder, SiloSettings> addEngine)
    {
        switch (args)
        {
            case ["demo", .. var demoArguments]:
                return await DemoProgram.Run(demoArguments);
            case ["warm-up", .. var warmUpArguments]:
                return WarmUpProgram.Run(
                    warmUpArguments, AnsiConsole.Console, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime));
            case ["import", .. var importArguments]:
                return await ImportProgram.Run(importArguments);
            case ["healthcheck", .. var rest]:
                return await HealthCheck.Run(rest);
            case [var verb, ..] when !verb.StartsWith('-'):
                Console.Error.WriteLine(Usage);
                return 2;
            default:
                return await Serve(args, isCluster, addEngine);
        }
    }

    private static async Task<int> Serve(string[] args, bool isCluster, Action<IHostApplicationBuilder, SiloSettings> addEngine)
    {
        WatchFewFiles();
        var builder = WebApplication.CreateSlimBuilder(args);
        ConfigureLogging(builder);
        var (settings, errors) = SiloSettings.Read(builder.Configuration);
        if (errors.Count > 0) return Fail(["The configuration is not valid:", .. errors.Select(e => "  " + e)]);

        foreach (var key in settings.UnknownKeys) Console.Error.WriteLine($"Warning: {key} is not a key that Silo knows; it has no effect.");

        if (isCluster && settings.Store.Kind != StoreKind.Postgres)
            return Fail(["A cluster keeps its state in PostgreSQL: set Silo:Store:Kind to Postgres, and Silo:Store:ConnectionString."]);

        var opening = await StoreChoice.Open(settings, isCluster, CancellationToken.None);
        if (opening is StoreOpening.Refused refused) return Fail([refused.Message]);
        await using var store = ((StoreOpening.Opened)opening).Store;
        try
        {
            if (settings.Store.Kind == StoreKind.Postgres) builder.Services.AddSingleton(await SharedKeys(settings, store));
            await using var app = SiloServer.Build(builder, settings, store, addEngine);
            await app.StartAsync();
            StartBanner.Print(
                Console.Out, settings, app.Services.GetRequiredService<RootKey>(), app.Urls,
                app.Services.GetRequiredService<SubmissionService>().EndPoints, app.Services.GetRequiredService<SignIn>().NewLink());
            var shutdown = app.WaitForShutdownAsync();
            if (await Task.WhenAny(shutdown, store.Ownership.Lost) == shutdown) return 0;
            // Nothing in memory is worth anything any more, and what an orderly end would wait for may never answer.
            await shutdown.WaitAsync(LostGrace).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Environment.Exit(Lost);
            return Lost;
        }
        catch (Exception e) when (
            e is IOException or InvalidDataException or SocketException or UnauthorizedAccessException or StorageException)
        {
            return Fail([e is SocketException ? $"Cannot listen on {settings.Silo.Http.Url}: {e.Message}" : e.Message]);
        }
        catch (OperationCanceledException)
        {
            return Fail(["Told to stop before it was ready."]);
        }
    }

    /// <summary>
    /// For appsettings.json the host would watch all that lies below the working directory, and be told of each write to ./data. Now it
    /// looks after the file itself every few seconds.
    /// </summary>
    private static void WatchFewFiles()
    {
        const string usesPolling = "DOTNET_USE_POLLING_FILE_WATCHER";
        if (Environment.GetEnvironmentVariable(usesPolling) is null) Environment.SetEnvironmentVariable(usesPolling, "true");
    }

    private static async ValueTask<RootKey> SharedKeys(SiloSettings settings, ISiloStore store)
    {
        using var random = RandomNumberGenerator.Create();
        return await RootKey.Load(
            settings.Silo.RootAccessKeyId, settings.Silo.RootSecretAccessKey, store.Resources, random,
            TimeProvider.System, CancellationToken.None,
            AccessRegistration.ProtectionOf(settings.Silo, store.Resources, isShared: true, TimeProvider.System));
    }

    private static void ConfigureLogging(WebApplicationBuilder builder) => builder.Logging
        .AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.TimestampFormat = "HH:mm:ss.fff ";
            o.UseUtcTimestamp = true;
        })
        .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
        .AddFilter("Orleans", LogLevel.Warning)
        // A note on the garbage collector at each start, and each call that met a dead silo: its caller tells of that one.
        .AddFilter("Orleans.Runtime.Silo", LogLevel.Error)
        .AddFilter("Orleans.Runtime.Messaging", LogLevel.Error)
        .AddFilter("Orleans.Messaging", LogLevel.Critical)
        .AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning)
        // What stops a start is said in a sentence below.
        .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);

    private static int Fail(IEnumerable<string> lines)
    {
        foreach (var line in lines) Console.Error.WriteLine(line);
        return 1;
    }
}
