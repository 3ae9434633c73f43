using System.Globalization;
using System.Text.Json.Nodes;
using Silo.LoadTest.Doors;
using Silo.LoadTest.Servers;
using Silo.Testing.Postgres;

namespace Silo.LoadTest.Peers;

/// <summary>Silo as one process on SQLite or PostgreSQL, which commit before 250. It trusts this machine, as the peers do.</summary>
internal sealed class SiloPeer : IPeer
{
    /// <summary>The configuration set that mail of a comparison names.</summary>
    public const string ConfigurationSet = "peers";

    private const string Arn = "arn:aws:ses:us-east-1:000000000000";
    private const int CallsAtATime = 64;

    // A server of two cores and some memory, as packages leave it to be set up; durable as it comes.
    private static readonly Dictionary<string, string> DatabaseSettings = new()
    {
        ["shared_buffers"] = "512MB", ["max_wal_size"] = "4GB", ["checkpoint_timeout"] = "15min", ["wal_buffers"] = "64MB",
    };

    private readonly OwnServer _server;
    private readonly PostgresServer? _database;

    private SiloPeer(OwnServer server, PostgresServer? database, PeerPlace place, IReadOnlyDictionary<string, string> settings)
    {
        (_server, _database) = (server, database);
        Door = server.Smtp! with { StartTls = place.Case.Tls };
        var lines = settings.Select(s => $"{s.Key}={s.Value}");
        var configuration = new Dictionary<string, string> { ["settings"] = string.Join('\n', lines) };
        var ofDatabase = DatabaseSettings.Select(s => $"{s.Key} = {s.Value}");
        if (database is not null) configuration["postgresql.conf"] = string.Join('\n', ofDatabase);
        Configuration = configuration;
    }

    public string Name => _database is null ? "Silo, SQLite" : "Silo, PostgreSQL";

    public SmtpDoorOptions Door { get; }

    public IReadOnlyList<int> Roots => _database is null ? [_server.ProcessId] : [_server.ProcessId, _database.ProcessId];

    public IReadOnlyDictionary<string, string> Configuration { get; }

    public static string TenantName(int tenant) => string.Create(CultureInfo.InvariantCulture, $"peer-{tenant}");

    /// <param name="progress">Told how many tenants there are.</param>
    /// <exception cref="PeerMissingException">PostgreSQL is not installed.</exception>
    /// <exception cref="InvalidOperationException">It does not come up, or refuses what it is asked for.</exception>
    public static async Task<IPeer> Start(
        PeerPlace place, bool usesPostgres, Action<int> progress, TimeProvider time, CancellationToken cancellationToken)
    {
        if (usesPostgres && !PostgresServer.IsAvailable) throw new PeerMissingException("PostgreSQL is not installed");
        var database = usesPostgres ? await PostgresServer.Start(DatabaseSettings) : null;
        OwnServer? server = null;
        try
        {
            var settings = await Settings(place, cancellationToken);
            var connectionString = database is null ? null : await database.CreateDatabase("silo");
            var options = new OwnServerOptions(OwnServerOptions.DefaultProgram, 1, connectionString, settings, DiskBytes: 0);
            server = await OwnServer.Start(options, place.Sink, time, cancellationToken);
            await using var api = new ApiClient(server, time);
            await SetUp(api, place, progress, cancellationToken);
            return new SiloPeer(server, database, place, settings);
        }
        catch
        {
            if (server is not null) await server.DisposeAsync();
            if (database is not null) await database.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
    }

    private static async Task<Dictionary<string, string>> Settings(PeerPlace place, CancellationToken cancellationToken)
    {
        var (key, certificate) = (Path.Combine(place.Folder.FullName, "tls-key.pem"), Path.Combine(place.Folder.FullName, "tls.pem"));
        await File.WriteAllTextAsync(key, place.Keys.TlsKey, cancellationToken);
        await File.WriteAllTextAsync(certificate, place.Keys.TlsCertificate, cancellationToken);
        return new Dictionary<string, string>
        {
            ["Silo:Dkim:Enabled"] = place.Case.Dkim ? "true" : "false",
            ["Silo:Smtp:CertificatePath"] = certificate, ["Silo:Smtp:KeyPath"] = key,
            ["Silo:Transport:Smtp:TlsMode"] = place.Case.Tls ? "Opportunistic" : "None",
            ["Silo:Transport:Smtp:MaxConnections"] = place.Connections.ToString(CultureInfo.InvariantCulture),
            // The peers have no rate for a sender.
            ["Silo:Tenants:SendRate"] = "1000000", ["Silo:Tenants:SendBurst"] = "1000000",
        };
    }

    private static async Task SetUp(ApiClient api, PeerPlace place, Action<int> progress, CancellationToken cancellationToken)
    {
        var identity = new JsonObject
        {
            ["EmailIdentity"] = PeerPlace.Domain,
            ["DkimSigningAttributes"] = new JsonObject
            {
                ["DomainSigningSelector"] = PeerPlace.Selector,
                ["DomainSigningPrivateKey"] = Convert.ToBase64String(place.Keys.Dkim.ExportPkcs8PrivateKey()),
            },
        };
        await api.Demand("POST", "/v2/email/identities", identity, cancellationToken);
        var set = new JsonObject { ["ConfigurationSetName"] = ConfigurationSet };
        await api.Demand("POST", "/v2/email/configuration-sets", set, cancellationToken);
        var made = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = CallsAtATime, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, place.Case.Tenants), options, async (tenant, token) =>
        {
            var name = TenantName(tenant);
            await api.Demand("POST", "/v2/email/tenants", new JsonObject { ["TenantName"] = name }, token);
            foreach (var resource in new[] { $"identity/{PeerPlace.Domain}", $"configuration-set/{ConfigurationSet}" })
            {
                var association = new JsonObject { ["TenantName"] = name, ["ResourceArn"] = $"{Arn}:{resource}" };
                await api.Demand("POST", "/v2/email/tenants/resources", association, token);
            }

            progress(Interlocked.Increment(ref made));
        });
    }
}
