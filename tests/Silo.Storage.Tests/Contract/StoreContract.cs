using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Testing;

namespace Silo.Storage.Tests.Contract;

/// <summary>What a test needs of an engine besides the store: to stop it cleanly, and to kill it.</summary>
public interface IStoreUnderTest : IAsyncDisposable
{
    ISiloStore Store { get; }

    /// <summary>Closes the store and opens it again.</summary>
    Task Restart();

    /// <summary>Goes on from what a crash at this instant, between two commits, would leave.</summary>
    Task Crash();
}

/// <summary>Every engine passes the tests of the classes that derive from this one.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    protected static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly List<string> _created = [];
    private IStoreUnderTest _underTest = null!;

    protected HostileTimeProvider Time { get; } = new(Noon);

    protected ISiloStore Store => _underTest.Store;

    protected ISpool Spool => Store.Spool;

    public async Task InitializeAsync() => _underTest = await Open(Time);

    public async Task DisposeAsync() => await _underTest.DisposeAsync();

    protected abstract Task<IStoreUnderTest> Open(HostileTimeProvider time);

    /// <summary>Closes the store and opens it again; the tenants that were created are this incarnation's again.</summary>
    protected async Task Restart()
    {
        await _underTest.Restart();
        foreach (var name in _created) await Store.Tenants.Claim(name, default);
    }

    /// <summary>The same after a crash.</summary>
    protected async Task Crash()
    {
        await _underTest.Crash();
        foreach (var name in _created) await Store.Tenants.Claim(name, default);
    }

    protected async Task<long> CreateTenant(string name, params ResourceTag[] tags)
    {
        _created.Add(name);
        return (await Store.Tenants.Create(Tenant(name, tags), default)).TenantKey;
    }

    protected static NewTenant Tenant(string name, params ResourceTag[] tags) =>
        new(name, $"tn-{name}", $"arn:tenant/{name}", Noon, Snapshot(0), tags, 1_000_000);

    protected static TenantSnapshot Snapshot(long applied, string status = "ENABLED", string? impact = null) =>
        new(applied, Bytes($"state at {applied}"), Bytes($"counters at {applied}"), status, impact);

    protected async Task Commit(SpoolWrite write) => await Spool.WhenCommitted(Spool.Enqueue(write), default);

    protected async Task<MessageAppend> Append(long tenantKey, int units = 1, DateTimeOffset? due = null)
    {
        var message = Message(units, due);
        await Commit(new SpoolWrite { TenantKey = tenantKey, Append = message });
        return message;
    }

    protected MessageAppend Message(int units = 1, DateTimeOffset? due = null, int bytes = 100)
    {
        var key = Spool.NextIds(units + 1);
        string[] recipients = [.. Enumerable.Range(0, units).Select(i => $"r{i}.{key}@example.com")];
        var content = new byte[bytes];
        new Random((int)key).NextBytes(content);
        return new(key, EnvelopeOf(key, recipients, bytes), content, recipients, due ?? Noon);
    }

    protected async Task<long> Release(params long[] unitIds)
    {
        var id = Spool.NextIds(1);
        await Commit(new SpoolWrite { TenantKey = 0, Release = new(id, unitIds) });
        return id;
    }

    protected Task Settle(long tenantKey, MessageAppend message, int unit, long release, UnitRetry? retry = null) =>
        Commit(new SpoolWrite { TenantKey = tenantKey, Settlements = [Settlement(message, unit, release, retry)] });

    protected static UnitSettlement Settlement(MessageAppend message, int unit, long release, UnitRetry? retry = null) =>
        new(message.MessageKey + 1 + unit, message.MessageKey, message.Recipients.Count, release, retry);

    protected static SpoolWrite EventsOf(long tenantKey, params long[] sequences) =>
        new() { TenantKey = tenantKey, Events = [.. sequences.Select(Event)] };

    protected static EventAppend Event(long sequence) =>
        new(sequence, Noon.AddSeconds(sequence), (int)TenantEventKind.Accepted, Bytes($"event {sequence}"));

    protected async Task<IReadOnlyList<long>> QueueOf(long tenantKey) =>
        [.. (await Spool.ReadQueue(tenantKey, default, 10_000, false, default)).Select(u => u.Id)];

    protected static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    /// <summary>
    /// Holds the writer inside the observer of a first commit, so that all that <paramref name="enqueue"/> puts in line is there when
    /// the next batch is made. Returns the batches that followed.
    /// </summary>
    protected async Task<List<IReadOnlyList<SpoolWrite>>> BatchesOf(Func<IEnumerable<long>> enqueue)
    {
        var batches = new List<IReadOnlyList<SpoolWrite>>();
        using var held = new ManualResetEventSlim();
        Spool.Observe(writes =>
        {
            batches.Add(writes);
            held.Wait();
        });
        var first = Spool.Enqueue(new SpoolWrite { TenantKey = 0 });
        SpinWait.SpinUntil(() => Volatile.Read(ref batches).Count > 0);
        var tickets = enqueue().ToList();
        held.Set();
        await Spool.WhenCommitted(first, default);
        foreach (var ticket in tickets)
        {
            try
            {
                await Spool.WhenCommitted(ticket, default);
            }
            catch (StorageException)
            {
            }
        }

        return batches[1..];
    }

    private static Envelope EnvelopeOf(long key, IReadOnlyList<string> recipients, int bytes) => new()
    {
        MessageId = $"{key:x16}-0", TenantName = "t", Sender = "bounce@example.org", FromAddress = "news@example.org",
        IdentityArn = "arn:identity/example.org", Subject = "Grüße", Destination = recipients, AcceptedAt = Noon, SizeBytes = bytes,
    };
}
