using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Messages;
using Silo.Core.Pacing;
using Silo.Core.Reputation;
using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Egress;
using Silo.Server.Egress.Sharing;
using Silo.Server.Events;
using Silo.Server.Feedback;
using Silo.Server.Hosting;
using Silo.Server.Lists;
using Silo.Server.Ownership;
using Silo.Server.Tenants;
using Silo.Server.Tenants.Embedded;
using Silo.Server.Trust;
using Silo.Storage;
using Silo.Storage.Sqlite;
using Silo.Testing;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Delivery;

/// <summary>
/// The embedded engine as the server puts it together, on SQLite in a directory of its own unless the test opens another store, with a way
/// out and a clock of the test's.
/// </summary>
internal sealed class EngineUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("silo-engine-").FullName;
    private readonly Random _random = new(1);
    private readonly Dictionary<string, int> _sent = [];
    private HandOverRunner _runner = null!;
    private EngineService _service = null!;

    public HostileTimeProvider Time { get; }

    public ScriptedTransport Transport { get; }

    /// <summary>Opens another store than SQLite, one that other engines may use as well.</summary>
    public Func<ValueTask<StoreOpening>>? OpenStore { get; set; }

    /// <summary>Another way out than the scripted one.</summary>
    public Func<IFeedbackSink, ITransport>? OtherTransport { get; set; }

    public TenantOptions TenantOptions { get; } = new();

    public DispatchOptions Delivery { get; } = new();

    /// <summary>The host that it runs on.</summary>
    public string Host { get; set; } = "box-1";

    /// <summary>What the whole account may send.</summary>
    public BudgetLimits Account { get; set; } = BudgetLimits.None;

    /// <summary>The same, and what SES says of it.</summary>
    public AccountLimits AccountLimits { get; private set; } = null!;

    /// <summary>At each start it is told at once that there are no pools but the implicit ones.</summary>
    public bool HasPlanAtStart { get; set; } = true;

    /// <summary>Other owners of shared limits than those of one process alone.</summary>
    public Func<SharingServices, ISendingPools>? OtherPools { get; set; }

    public ISendingPools Pools { get; private set; } = null!;

    public long MessageCacheBytes { get; set; } = 64 << 20;

    public ReputationThresholds Thresholds { get; set; } = new();

    public MailboxProviders Providers { get; set; } = new([]);

    /// <summary>Puts something between the dispatcher and the tenants.</summary>
    public Func<IOwnTenants, IOwnTenants>? BeforeTenants { get; set; }

    /// <summary>Who is told of events: nobody until a test fills it.</summary>
    public EventDestinationWatch Destinations { get; } = new();

    public FaultyStore Store { get; private set; } = null!;

    public FaultySpool Spool => Store.Faulty;

    public SendingGates Gates { get; private set; } = null!;

    public ActorHost<TenantActor> Actors { get; private set; } = null!;

    public ITenants Tenants { get; private set; } = null!;

    public TrustTiers Trust { get; private set; } = null!;

    public TrustReviews Reviews { get; private set; } = null!;

    public Dispatcher Dispatcher { get; private set; } = null!;

    public ContactLists Lists { get; private set; } = null!;

    public TenantMoves Moves { get; private set; } = null!;

    public FeedbackInbox Feedback { get; private set; } = null!;

    private EngineUnderTest(HostileTimeProvider time) => (Time, Transport) = (time, new ScriptedTransport(time));

    /// <param name="time">A clock that several engines share.</param>
    public static async Task<EngineUnderTest> Start(Action<EngineUnderTest>? configure = null, HostileTimeProvider? time = null)
    {
        var engine = new EngineUnderTest(time ?? new HostileTimeProvider());
        configure?.Invoke(engine);
        await engine.Open();
        // The buckets of a process begin empty.
        engine.Time.Advance(TimeSpan.FromSeconds(5));
        return engine;
    }

    /// <summary>The end of a process that was asked to stop, and the next one.</summary>
    public async Task Restart()
    {
        await _service.StopAsync(default);
        await Close();
        await Open();
    }

    /// <summary>The end of a process that was not asked: nothing is drained, no outcome is stored any more.</summary>
    public async Task Crash()
    {
        Spool.FailsWrite = _ => true;
        await Close();
        await Open();
    }

    public async Task<TenantDescription> Create(string name)
    {
        var id = "tn-" + Convert.ToHexStringLower(NextBytes(15));
        var reply = await Tenants.Get(name).Create(new CreateTenant(id, null, []), default);
        Assert.Equal(CreateTenantResult.Created, reply.Result);
        return reply.Tenant!;
    }

    /// <summary>Accepts a message for each recipient as intake does; returns when it is on disk.</summary>
    public async Task<string> Send(string tenant, string recipient = "r@example.org", int? maxDeliverySeconds = null, params string[] more)
    {
        return await Admit(tenant, maxDeliverySeconds, [recipient, .. more]);
    }

    /// <summary>Of the n-th message of a tenant; null for short ones, that count in no metric.</summary>
    public Func<int, string>? MessageId { get; set; }

    public async Task SendMany(
        string tenant, int messages, Func<int, string>? recipient = null, MailStream stream = MailStream.Normal, string? pool = null,
        string from = "s@example.com")
    {
        var sends = new List<Task>();
        for (var i = 0; i < messages; i++) sends.Add(Admit(tenant, null, [recipient?.Invoke(i) ?? "r@example.org"], stream, pool, from));
        await Task.WhenAll(sends);
    }

    /// <summary>Message ids count up per tenant: "a-000001", "a-000002", …</summary>
    public async Task<string> Admit(
        string tenant, int? maxDeliverySeconds, IReadOnlyList<string> recipients, MailStream stream = MailStream.Normal, string? pool = null,
        string from = "s@example.com")
    {
        int number;
        lock (_sent) number = _sent[tenant] = _sent.GetValueOrDefault(tenant) + 1;
        var id = MessageId?.Invoke(number) ?? $"{tenant}-{number:D6}";
        var envelope = new Envelope
        {
            MessageId = id, TenantName = tenant, Sender = "s@example.com", FromAddress = from, IdentityArn = "arn",
            Destination = recipients, AcceptedAt = Time.GetUtcNow(), MaxDeliverySeconds = maxDeliverySeconds, SizeBytes = 64,
        };
        var message = new AdmitMessage(new SendScope([]), envelope, new byte[64], recipients, []) { Stream = stream, Pool = pool };
        var admission = await Tenants.Get(tenant).Admit(message, default);
        Assert.Null(admission.Refusal);
        return id;
    }

    public async Task<TenantBooks> Books(string tenant) => (await Tenants.Get(tenant).Describe(default))!.Books;

    /// <summary>Waits until the condition holds; <paramref name="step"/> is how far the clock goes each time that it does not.</summary>
    public async Task Until(Func<Task<bool>> condition, string what, TimeSpan step = default)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(began) > Patience) Assert.Fail($"Waited in vain until {what}. {await State()}");
            if (step > TimeSpan.Zero) Time.Advance(step);
            await Task.Delay(1);
        }
    }

    public Task Until(Func<bool> condition, string what, TimeSpan step = default) => Until(() => Task.FromResult(condition()), what, step);

    public Task UntilNothingIsOpen(TimeSpan step = default, params string[] tenants) => Until(
        async () =>
        {
            try
            {
                foreach (var tenant in tenants)
                    if ((await Books(tenant)).Open > 0) return false;
                return Dispatcher.FreeSlots == Delivery.InFlight;
            }
            catch (StorageException)
            {
                // A store that fails now and then fails activations as well.
                return false;
            }
        },
        "no unit is open any more", step);

    /// <summary>All stored events of a tenant key, folded anew: what a replay makes of them.</summary>
    public async Task<(TenantLedger Ledger, List<TenantEvent> Events)> Replay(long tenantKey, DateTimeOffset createdAt)
    {
        var ledger = TenantLedger.New(createdAt, null);
        var events = new List<TenantEvent>();
        long position = 0;
        while (await Store.Events.ReadFrom(position, 10_000, default) is { Count: > 0 } page)
        {
            position = page[^1].Position;
            foreach (var stored in page.Where(e => e.TenantKey == tenantKey))
            {
                var e = TenantEvent.FromPayload(stored.Sequence, stored.At, stored.Kind, stored.Payload.Span);
                ledger.Apply(e);
                events.Add(e);
            }
        }

        return (ledger, events);
    }

    public async Task<long> KeyOf(string tenant) => (await Store.Tenants.Load(tenant, default))!.TenantKey;

    /// <summary>What the spool holds of a tenant, set aside units included.</summary>
    public async Task<long> Queued(string tenant)
    {
        var counts = await Store.Spool.CountQueued(default);
        return counts.Where(c => c.TenantName == tenant).Sum(c => c.Queued + c.SetAside);
    }

    public async ValueTask DisposeAsync()
    {
        Transport.Answer = _ => ValueTask.FromResult(ScriptedTransport.Delivered);
        await Close();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task Open()
    {
        var options = new SqliteStoreOptions { Directory = _directory, MinFreeDiskBytes = 0 };
        var opening = OpenStore is null ? await SqliteStore.Open(options, TimeProvider.System, default) : await OpenStore();
        Store = new FaultyStore(Assert.IsType<StoreOpening.Opened>(opening).Store);
        Gates = new SendingGates(Store.Ownership);
        var messages = new MessageCache(MessageCacheBytes);
        var actorOptions = new ActorHostOptions();
        Trust = new TrustTiers(Store.Resources, Time, NullLogger<TrustTiers>.Instance);
        Reviews = new TrustReviews(Store.Resources, Time);
        await Trust.Follow(default);
        var services = new TenantServices(
            Store, Gates, messages, new Arns("us-east-1", "000000000000"), TenantOptions, Thresholds, 1_000, Time,
            () => Dispatcher, Time.GetUtcNow(), actorOptions.CollectionAge, Jitter, NullLogger<TenantActor>.Instance)
        {
            Discard = name => Actors.Discard(name), Providers = Providers,
            Account = new AccountResources(Store.Resources, new Arns("us-east-1", "000000000000"), Time), Destinations = Destinations,
            Trust = Trust, Reviews = Reviews,
        };
        Lists = new ContactLists(Store, new Arns("us-east-1", "000000000000"), RandomNumberGenerator.Create(), Time);
        Actors = new ActorHost<TenantActor>(name => new TenantActor(name, services), Time, actorOptions);
        var tenants = new EmbeddedTenants(Actors, Store.Spool);
        Tenants = tenants;
        Feedback = new FeedbackInbox(Tenants, Time, NullLogger<FeedbackInbox>.Instance);
        AccountLimits = new AccountLimits(Account);
        ITransport transport = OtherTransport?.Invoke(Feedback) ?? Transport;
        _runner = new HandOverRunner(Store.Spool, transport, Gates, messages, TenantOptions, Time, NullLogger<HandOverRunner>.Instance)
        {
            Recheck = new RecipientRecheck(Store, services.Account!, Lists, Time),
        };
        var dispatched = BeforeTenants?.Invoke(tenants) ?? tenants;
        var sharing = new SharingServices(
            Store.Resources, _ => ValueTask.FromResult(Dispatcher.Followed ?? new EgressPlan(0, [], [])), Account, Time, IsAlone: true,
            NullLogger<SendingPoolActor>.Instance);
        Pools = OtherPools?.Invoke(sharing) ?? new EmbeddedPools(sharing);
        Dispatcher = new Dispatcher(Store, dispatched, _runner, Delivery, AccountLimits, Pools, Time, NullLogger<Dispatcher>.Instance, Host)
        {
            Jitter = Jitter,
        };
        var usage = new AccountUsage(Store.Resources, Time, OpenStore is null ? null : Store.Ownership.Incarnation);
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        var metrics = new SiloMetrics(meters, Store, tenants, Dispatcher, Delivery);
        Moves = new TenantMoves(Store, Tenants, tenants, Dispatcher, metrics, Time, NullLogger<TenantMoves>.Instance);
        _service = new EngineService(
            Store, Tenants, tenants, tenants, Dispatcher, Moves, Feedback, usage, metrics,
            new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), Time, NullLogger<EngineService>.Instance);
        if (HasPlanAtStart) Dispatcher.Follow(new EgressPlan(0, [], []));
        await _service.StartingAsync(default);
        await _service.StartAsync(default);
    }

    private async Task Close()
    {
        await Dispatcher.DisposeAsync();
        await Feedback.DisposeAsync();
        await Store.DisposeAsync();
    }

    private async Task<string> State()
    {
        var text = $"Free slots {Dispatcher.FreeSlots} of {Delivery.InFlight}, under way {Transport.UnderWay}, starts {Transport.Starts.Count}, clock {Time.GetUtcNow():O}.";
        foreach (var tenant in _sent.Keys)
            if (await Tenants.Get(tenant).Describe(default) is { } described) text += $" {tenant}: {described.Books}, {described.Standing.Aggregate};";
        return text;
    }

    private byte[] NextBytes(int count)
    {
        var bytes = new byte[count];
        lock (_random) _random.NextBytes(bytes);
        return bytes;
    }

    private double Jitter()
    {
        lock (_random) return _random.NextDouble();
    }
}
