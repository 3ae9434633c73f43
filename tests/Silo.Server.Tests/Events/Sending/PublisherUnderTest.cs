using System.Diagnostics.Metrics;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Server.Events;
using Silo.Server.Events.Sending;
using Silo.Storage;
using Silo.Storage.Sqlite;
using Silo.Testing;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Events.Sending;

/// <summary>The publisher on a real store, with a clock of the test's, and destinations that a test sets.</summary>
internal sealed class PublisherUnderTest : IAsyncDisposable
{
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    public const string Unreadable = "unreadable";
    public const string PublicUrl = "http://silo.example";
    public static readonly DateTimeOffset Start0 = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    private readonly string _directory = Directory.CreateTempSubdirectory("silo-events-").FullName;
    private readonly Dictionary<long, long> _sequences = [];
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly RandomNumberGenerator _random = RandomNumberGenerator.Create();
    private EndpointClient _client = null!;
    private MeterListener? _listener;
    private volatile IReadOnlyList<ScopedDestination> _destinations = [];

    public HostileTimeProvider Time { get; } = new(Start0);

    public PublishingOptions Options { get; } = new() { AllowPrivateAddresses = true };

    public EventOptions Events { get; } = new();

    public ISiloStore Store { get; private set; } = null!;

    public WatchedNotices Notices { get; private set; } = null!;

    public Publisher Publisher { get; private set; } = null!;

    public SnsSubscriptions Subscriptions { get; private set; } = null!;

    public SigningKeys Keys { get; private set; } = null!;

    /// <summary>The lease is not held now.</summary>
    public bool IsPaused { get; set; }

    /// <summary>So often it was asked whether it is, and it was not.</summary>
    public int Paused { get; private set; }

    /// <summary>What was disabled, and why.</summary>
    public List<(string Name, string Reason)> Disabled { get; } = [];

    public List<(string Name, long Value, string? Why)> Measured { get; } = [];

    public static async Task<PublisherUnderTest> Start(Action<PublisherUnderTest>? configure = null)
    {
        var under = new PublisherUnderTest();
        configure?.Invoke(under);
        await under.Open();
        return under;
    }

    public ScopedDestination Add(string name, Endpoint endpoint, string? set = null) => Add(name, new WebhookTarget(endpoint.Url, [Secret]), set);

    public ScopedDestination Add(string name, EventTarget target, string? set = null)
    {
        var destination = new ScopedDestination(
            set, new EventDestination { Name = name, Enabled = true, CreatedAt = Start0 - TimeSpan.FromDays(30), Target = target });
        _destinations = [.. _destinations.Where(d => d.Id != destination.Id), destination];
        return destination;
    }

    public void Remove(ScopedDestination destination) => _destinations = [.. _destinations.Where(d => d.Id != destination.Id)];

    /// <param name="events">So many events are behind it.</param>
    public async Task<long> Tenant(string name, int events = 0)
    {
        var snapshot = new TenantSnapshot(events, "{}"u8.ToArray(), "{}"u8.ToArray(), "ENABLED", null);
        var key = (await Store.Tenants.Create(new NewTenant(name, $"tn-{name}", $"arn:tenant/{name}", Start0, snapshot, [], 1_000_000), default)).TenantKey;
        _sequences[key] = events;
        return key;
    }

    /// <summary>Notices whose records are these texts.</summary>
    public Task Write(long tenant, params string[] texts) => WriteAs(tenant, null, Time.GetUtcNow(), texts);

    public async Task WriteAs(long tenant, string? set, DateTimeOffset at, params string[] texts)
    {
        var events = texts.Select(t => new EventAppend(Next(tenant), at, 24, Encoding.UTF8.GetBytes(t)) { Notice = new EventNotice(null, set) }).ToList();
        await Store.Spool.WhenCommitted(Store.Spool.Enqueue(new SpoolWrite { TenantKey = tenant, Events = events }), default);
    }

    /// <summary>A backlog straight into the database, as one that grew over days: of the first events of a tenant.</summary>
    public async Task WriteMany(long tenant, int count, string? set)
    {
        await using var connection = new SqliteConnection($"Data Source={DatabasePath}");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = """
            WITH RECURSIVE n(i) AS (SELECT $from UNION ALL SELECT i + 1 FROM n WHERE i < $to)
            INSERT INTO notices (tenant_key, sequence, at, kind, payload, set_name)
            SELECT $tenant, i, $at, 24, CAST('n' || i AS BLOB), $set FROM n
            """;
        command.Parameters.AddWithValue("$from", 1);
        command.Parameters.AddWithValue("$to", count);
        command.Parameters.AddWithValue("$tenant", tenant);
        command.Parameters.AddWithValue("$at", Time.GetUtcNow().UtcTicks);
        command.Parameters.AddWithValue("$set", (object?)set ?? DBNull.Value);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<long> Rows(long tenant) => (await Store.Notices.Count(tenant, 0, default)).Rows;

    /// <summary>Lets time pass until something holds.</summary>
    public Task Pass(TimeSpan step, Func<bool> until, string what) => Patiently.Until(
        () =>
        {
            Time.Advance(step);
            return until();
        }, what);

    public async Task<DestinationReport?> Report(ScopedDestination destination) => await Publisher.Report(destination.Id, default);

    /// <summary>The end of a process that was asked to stop, and the next one.</summary>
    public async Task Restart()
    {
        await Close();
        await Open();
    }

    /// <summary>The end of a process that was not asked: whatever it does from here reaches no disk.</summary>
    public async Task Crash()
    {
        Notices.IsDead = true;
        await Restart();
    }

    public async ValueTask DisposeAsync()
    {
        await Close();
        _listener!.Dispose();
        await _services.DisposeAsync();
        _random.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private string DatabasePath => Directory.EnumerateFiles(_directory, "*.db").First();

    private IReadOnlyList<ScopedDestination> DestinationsOf(string? set) => [.. _destinations.Where(d => d.ConfigurationSetName == set)];

    private long Next(long tenant) => _sequences[tenant] = _sequences.GetValueOrDefault(tenant) + 1;

    private static Notice? Render(StoredNotice stored, string tenantName, string tenantId, ScopedDestination destination) =>
        Encoding.UTF8.GetString(stored.Payload.Span) == Unreadable ? throw new InvalidDataException("Nothing can be made of it.")
            : destination.ConfigurationSetName is { } set && set != stored.ConfigurationSetName ? null
            : new Notice($"ntc_{stored.TenantKey}_{stored.Sequence}", tenantName, tenantId, stored.Sequence, stored.At, "Bounce", stored.Payload);

    private async Task Open()
    {
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = _directory, MinFreeDiskBytes = 0 }, TimeProvider.System, default);
        Store = ((StoreOpening.Opened)opening).Store;
        Notices = new WatchedNotices(Store.Notices);
        var meters = _services.GetRequiredService<IMeterFactory>();
        if (_listener is null) Listen();
        var metrics = new PublishingMetrics(meters);
        var mail = new OperatorMail(
            new OperatorMailOptions(), () => throw new InvalidOperationException(), (_, _) => default, Time, NullLogger<OperatorMail>.Instance);
        var toggle = new DestinationSwitch(DestinationsOf, Disable, mail, metrics, NullLogger<DestinationSwitch>.Instance);
        _client = new EndpointClient(Options, (host, token) => System.Net.Dns.GetHostAddressesAsync(host, token), Time);
        Keys = new SigningKeys(Store.Resources, _random, Time);
        Subscriptions = new SnsSubscriptions(Store.Resources, Time);
        var sender = new NoticeSender(
            new ArnTargets(Events), new SnsAddresses(PublicUrl), _client, Keys, Subscriptions, new EventCounters(meters), Time);
        var turn = new PublishingTurn(Notices, Leased(), sender, new CarefulRenderer(Render, metrics, NullLogger<CarefulRenderer>.Instance).Render, Options, Time);
        Publisher = new Publisher(
            Notices, DestinationsOf, toggle, sender, turn, Options, metrics, Time, () => 0.5, NullLogger<Publisher>.Instance);
        Subscriptions.Confirmed = s => Publisher.Wake(SnsSubscriptions.DestinationOf(s));
        await Publisher.StartingAsync(default);
        await Publisher.StartedAsync(default);
    }

    private ValueTask<bool> Disable(ScopedDestination destination, string reason, CancellationToken cancellationToken)
    {
        lock (Disabled) Disabled.Add((destination.Destination.Name, reason));
        Remove(destination);
        return ValueTask.FromResult(true);
    }

    private IOwnership Leased()
    {
        var leased = DispatchProxy.Create<IOwnership, Lease>();
        ((Lease)(object)leased).Under = this;
        return leased;
    }

    private async Task Close()
    {
        await Publisher.StoppingAsync(default);
        await Publisher.DisposeAsync();
        _client.Dispose();
        Keys.Dispose();
        await Store.DisposeAsync();
    }

    private void Listen()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Scope == meters) l.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            string? why = null;
            foreach (var (key, tag) in tags)
                if (key == "why") why = (string?)tag;
            lock (Measured) Measured.Add((instrument.Name, value, why));
        });
        _listener.Start();
    }

#pragma warning disable CA1852 // The proxy is made of a class that derives from it.
    /// <summary>The store's ownership, except that a test may pause it.</summary>
    internal class Lease : DispatchProxy
    {
        public PublisherUnderTest Under { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name != "get_IsHeld" || !Under.IsPaused) return targetMethod.Invoke(Under.Store.Ownership, args);
            Under.Paused++;
            return false;
        }
    }
#pragma warning restore CA1852

    public long Sum(string instrument, string? why = null)
    {
        lock (Measured) return Measured.Where(m => m.Name == instrument && m.Why == why).Sum(m => m.Value);
    }
}
