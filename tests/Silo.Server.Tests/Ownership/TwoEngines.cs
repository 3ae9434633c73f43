using System.Collections.Concurrent;
using Silo.Core.Messages;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Silo.Storage;
using Silo.Storage.Postgres;
using Silo.Testing;
using Silo.Testing.EndToEnd;
using Silo.Testing.Engine;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Server.Tests.Ownership;

/// <summary>
/// Two embedded engines on one database. Nothing tells them of each other, so every call to either brings the tenant to life there,
/// as if a directory had two entries for it.
/// </summary>
internal sealed class TwoEngines(string database, int seed) : IAsyncDisposable
{
    private readonly HostileTimeProvider _time = new();
    private readonly Random _random = new(seed);
    private readonly CancellationTokenSource _stop = new();
    private Task _clock = Task.CompletedTask;
    private readonly HashSet<string> _reported = [];
    private int _sent;

    public EngineUnderTest First { get; private set; } = null!;

    public EngineUnderTest Second { get; private set; } = null!;

    public EngineUnderTest[] Both => [First, Second];

    /// <summary>Ids of messages that were answered as stored.</summary>
    public ConcurrentBag<string> Accepted { get; } = [];

    public string[] Delivered => [.. Both.SelectMany(e => e.Transport.DeliveredIds)];

    public static async Task<TwoEngines> Start(int seed)
    {
        var server = await PostgresServer.Shared;
        var engines = new TwoEngines(await server.CreateDatabase($"two{Guid.NewGuid():n}"), seed);
        engines._clock = engines.Tick();
        engines.First = await engines.StartOne();
        engines.Second = await engines.StartOne();
        return engines;
    }

    public int Begun(string tenant) => Both.Sum(e => e.Transport.Starts.Count(s => s.Tenant == tenant));

    public EngineUnderTest Either() => Both[Next(2)];

    /// <summary>Sends through one engine until it is told to stop; what was not answered as stored is not asked for again.</summary>
    public async Task Send(EngineUnderTest through, string tenant, CancellationToken until)
    {
        while (!until.IsCancellationRequested)
        {
            try
            {
                if (await Admit(through, tenant)) continue;
            }
            catch (StorageException)
            {
                // The other engine did not give the tenant in time.
            }

            await Task.Delay(1, CancellationToken.None);
        }
    }

    /// <summary>False when the tenant is paused.</summary>
    public async Task<bool> Admit(EngineUnderTest through, string tenant)
    {
        var envelope = new Envelope
        {
            MessageId = $"{tenant}-{Interlocked.Increment(ref _sent):D6}", TenantName = tenant, Sender = "s@example.com",
            FromAddress = "s@example.com", IdentityArn = "arn", Destination = ["r@example.org"], AcceptedAt = _time.GetUtcNow(), SizeBytes = 64,
        };
        var message = new AdmitMessage(new SendScope([]), envelope, new byte[64], envelope.Destination, []);
        var admission = await through.Tenants.Get(tenant).Admit(message, default);
        if (admission.Refusal is null) Accepted.Add(envelope.MessageId);
        else Assert.Equal(AdmissionResult.Disabled, admission.Refusal.Result);
        return admission.Refusal is null;
    }

    public Task Set(EngineUnderTest through, string tenant, SendingStatus status) => Patiently(async () =>
        Assert.Equal(
            status, (await through.Tenants.Get(tenant).SetStatus(new SetStatus(StatusOrigin.CustomerManaged, status, "test"), default)).Aggregate));

    /// <summary>Complaints about what either engine delivered, about each unit once, told to this one, in no rate.</summary>
    public Task Report(EngineUnderTest through, string tenant, int count)
    {
        var feedback = Both.SelectMany(e => e.Transport.Starts).Where(s => s.Tenant == tenant && !_reported.Contains(s.MessageId)).Take(count).Select(s =>
            new DeliveryFeedback(tenant, s.MessageId, s.Recipient, s.At, FeedbackKind.Complaint) { Simulated = true }).ToArray();
        _reported.UnionWith(feedback.Select(f => f.MessageId));
        return Patiently(async () => await through.Tenants.Get(tenant).Report(feedback, default));
    }

    public Task<TenantDescription> Describe(EngineUnderTest through, string tenant) =>
        Patiently(async () => (await through.Tenants.Get(tenant).Describe(default))!);

    /// <summary>Ends both, and reads what they leave behind.</summary>
    public async Task<Books> EndAndReadBooks()
    {
        foreach (var engine in Both) await engine.DisposeAsync();
        var options = new PostgresStoreOptions { ConnectionString = database, Exclusive = true };
        await using var store = Assert.IsType<StoreOpening.Opened>(await PostgresStore.Open(options, TimeProvider.System, default)).Store;
        return await Books.Read(store);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _clock;
        _stop.Dispose();
    }

    private static Task Patiently(Func<Task> call) => Patiently(async () =>
    {
        await call();
        return true;
    });

    private static async Task<T> Patiently<T>(Func<Task<T>> call)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (StorageException)
            {
                await Task.Delay(1);
            }
        }
    }

    private Task<EngineUnderTest> StartOne() => EngineUnderTest.Start(
        engine =>
        {
            (engine.Delivery.InFlight, engine.Delivery.InFlightPerTenant, engine.Delivery.Quantum) = (16, 16, 4);
            engine.TenantOptions.PauseGrace = TimeSpan.FromMilliseconds(50);
            engine.OpenStore = () => PostgresStore.Open(
                new PostgresStoreOptions
                {
                    ConnectionString = database, Readers = 4, LeaseTime = TimeSpan.FromSeconds(5), LeaseMargin = TimeSpan.FromSeconds(0.5),
                    RenewInterval = TimeSpan.FromMilliseconds(50),
                },
                TimeProvider.System, default);
            engine.Transport.Before = async _ =>
            {
                for (var i = Next(4); i > 0; i--) await Task.Yield();
                return null;
            };
            engine.Transport.Answer = async _ =>
            {
                await Task.Delay(Next(4));
                return ScriptedTransport.Delivered;
            };
        },
        _time);

    private async Task Tick()
    {
        while (!_stop.IsCancellationRequested)
        {
            _time.Advance(TimeSpan.FromMilliseconds(5));
            await Task.Delay(1, CancellationToken.None);
        }
    }

    private int Next(int below)
    {
        lock (_random) return _random.Next(below);
    }
}
