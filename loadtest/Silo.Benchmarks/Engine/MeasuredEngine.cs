using Silo.Core.Messages;
using Silo.Core.Pacing;
using Silo.Server.Delivery;
using Silo.Server.Hosting;
using Silo.Server.Tenants;
using Silo.Storage;
using Silo.Storage.Sqlite;

namespace Silo.Benchmarks.Engine;

/// <summary>The real server in this process, on SQLite in a directory of its own that goes with it.</summary>
internal sealed class MeasuredEngine : IAsyncDisposable
{
    // Enough for the group commit to have work, few enough not to be what is measured.
    private const int Calls = 512;

    private readonly WebApplication _app;
    private readonly DirectoryInfo _directory;
    private int _tenants;

    private MeasuredEngine(WebApplication app, ISiloStore store, DirectoryInfo directory) => (_app, Store, _directory) = (app, store, directory);

    public ISiloStore Store { get; }

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    /// <param name="transport">The way out; null for the one that the settings name.</param>
    /// <param name="watch">What the engine is given in place of the store, to look on.</param>
    public static async Task<MeasuredEngine> Start(
        Arguments arguments, Action<SiloSettings> configure, ITransport? transport, Func<ISiloStore, ISiloStore>? watch = null)
    {
        var directory = Directory.CreateDirectory(
            Path.Combine(arguments.Text("--directory") ?? Path.GetTempPath(), $"silo-measured-{Environment.ProcessId}"));
        var (settings, _) = SiloSettings.Read(new ConfigurationBuilder().Build());
        settings.Silo.DataDirectory = directory.FullName;
        settings.Silo.Http.Url = "http://127.0.0.1:0";
        settings.Public.Url = "http://127.0.0.1:0";
        settings.Tenants.BacklogCap = 100_000_000;
        configure(settings);
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = directory.FullName }, TimeProvider.System, default);
        var store = ((StoreOpening.Opened)opening).Store;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(settings.Silo.Http.Url);
        SiloServer.Add(builder, settings, watch?.Invoke(store) ?? store, SiloServer.AddEmbeddedEngine);
        if (transport is not null) builder.Services.AddSingleton(transport);
        var app = builder.Build();
        await app.StartAsync();
        return new MeasuredEngine(app, store, directory);
    }

    public ITenant Tenant(string name) => Get<ITenants>().Get(name);

    public async Task<ITenant> Create(string name)
    {
        await Tenant(name).Create(new CreateTenant($"tn-measured-{Interlocked.Increment(ref _tenants)}", null, []), default);
        return Tenant(name);
    }

    /// <summary>So many messages, side by side; the number of each is given.</summary>
    public async Task Fill(int messages, Func<int, Task> send)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var i && i < messages) await send(i);
        })));
    }

    public async Task Send(
        string tenant, string id, string recipient, MessageTag[]? tags = null, int bytes = 1_024, string? pool = null,
        MailStream stream = MailStream.Normal)
    {
        var envelope = new Envelope
        {
            MessageId = id, TenantName = tenant, Sender = "s@sender.example", FromAddress = "s@sender.example", IdentityArn = "arn",
            Tags = tags ?? [], Destination = [recipient], AcceptedAt = TimeProvider.System.GetUtcNow(), SizeBytes = bytes,
        };
        var message = new AdmitMessage(new SendScope([]), envelope, ContentOf(bytes), [recipient], []) { Pool = pool, Stream = stream };
        if ((await Tenant(tenant).Admit(message, default)).Refusal is { } refusal)
            throw new InvalidOperationException($"The message was refused: {refusal.Result}.");
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static byte[] ContentOf(int bytes)
    {
        var content = new byte[bytes];
        Array.Fill(content, (byte)'x');
        "Subject: measured\r\n\r\n"u8.CopyTo(content);
        for (var i = 98; i < bytes - 1; i += 78) "\r\n"u8.CopyTo(content.AsSpan(i));
        "\r\n"u8.CopyTo(content.AsSpan(bytes - 2));
        return content;
    }
}
