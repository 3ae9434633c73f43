using System.Threading.Channels;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Storage;

namespace Silo.Benchmarks.Storage;

/// <summary>
/// Plays the engine: appends with an Accepted event, releases what is appended in batches, settles what is released with a
/// Delivered event, and begins a new message for each that is gone. Takes a snapshot of a tenant each 100 events.
/// </summary>
internal sealed class CycleDriver
{
    private const int EventsPerSnapshot = 100;
    private const int UnitsPerRelease = 500;

    private static readonly DateTimeOffset Now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    private readonly ISpool _spool;
    private readonly ZipfTenants _tenants;
    private readonly long[] _keys;
    private readonly long[] _sequences;
    private readonly byte[] _body;
    private readonly byte[] _eventPayload = new byte[40];
    private readonly byte[] _state = new byte[1024];
    private readonly Channel<IReadOnlyList<SpoolWrite>> _committed = Channel.CreateUnbounded<IReadOnlyList<SpoolWrite>>();
    private readonly Dictionary<long, int> _tenantOfUnit = [];
    private readonly List<long> _toRelease = [];

    public CycleDriver(ISpool spool, long[] keys, StorageBenchmarkOptions options)
    {
        (_spool, _keys) = (spool, keys);
        _sequences = new long[keys.Length];
        _tenants = new ZipfTenants(keys.Length, options.Seed);
        _body = new byte[options.BodyBytes];
        new Random(options.Seed).NextBytes(_body);
        spool.Observe(writes =>
        {
            Batches++;
            Writes += writes.Count;
            _committed.Writer.TryWrite(writes);
        });
    }

    public long Batches { get; private set; }

    public long Writes { get; private set; }

    public int Cycles { get; private set; }

    public async Task FillBacklog(int messages)
    {
        var committed = 0;
        for (var begun = 0; committed < messages;)
        {
            while (begun < Math.Min(messages, committed + 10_000)) begun += Append(inHand: false);
            committed += (await _committed.Reader.ReadAsync()).Count;
        }

        (Batches, Writes) = (0, 0);
    }

    public async Task Run(int messages, int inFlight, TimeSpan atMost, TimeProvider time)
    {
        var started = time.GetTimestamp();
        var begun = 0;
        while (begun < Math.Min(inFlight, messages)) begun += Append(inHand: true);
        while (Cycles < begun)
        {
            foreach (var write in await _committed.Reader.ReadAsync())
            {
                if (write.Append is { } append) _toRelease.Add(append.MessageKey + 1);
                else if (write.Release is { } release) Settle(release);
                else if (write.Settlements.Count > 0)
                {
                    Cycles++;
                    if (begun < messages && time.GetElapsedTime(started) < atMost) begun += Append(inHand: true);
                }

                if (_toRelease.Count >= UnitsPerRelease) Release();
            }

            // What is left goes with the next release only if there is more on its way.
            if (!_committed.Reader.TryPeek(out _) && _toRelease.Count > 0) Release();
        }
    }

    private int Append(bool inHand)
    {
        var tenant = _tenants.Next();
        var key = _spool.NextIds(2);
        var recipient = $"someone.{key}@example.com";
        var envelope = new Envelope
        {
            MessageId = $"{key:x16}-00000000-0000-0000-0000-000000000000-000000", TenantName = $"tenant-{tenant}", Sender = "bounce@example.org",
            FromAddress = "news@example.org", IdentityArn = "arn:aws:ses:us-east-1:000000000000:identity/example.org",
            ConfigurationSetName = "default", Subject = "A subject of usual length for a message", Destination = [recipient],
            AcceptedAt = Now, SizeBytes = _body.Length,
        };
        if (inHand) _tenantOfUnit[key + 1] = tenant;
        _spool.Enqueue(new SpoolWrite
        {
            TenantKey = _keys[tenant],
            Append = new MessageAppend(key, envelope, _body, [recipient], Now),
            Events = [NextEvent(tenant, TenantEventKind.Accepted)],
        });
        return 1;
    }

    private void Release()
    {
        _spool.Enqueue(new SpoolWrite { TenantKey = 0, Release = new ReleaseRecord(_spool.NextIds(1), [.. _toRelease]) });
        _toRelease.Clear();
    }

    private void Settle(ReleaseRecord release)
    {
        foreach (var unit in release.UnitIds)
        {
            _tenantOfUnit.Remove(unit, out var tenant);
            _spool.Enqueue(new SpoolWrite
            {
                TenantKey = _keys[tenant],
                Settlements = [new UnitSettlement(unit, unit - 1, 1, release.ReleaseId, null)],
                Events = [NextEvent(tenant, TenantEventKind.Delivered)],
                Snapshot = _sequences[tenant] % EventsPerSnapshot == 0 ? new TenantSnapshot(_sequences[tenant], _state, _state, "ENABLED", null) : null,
            });
        }
    }

    private EventAppend NextEvent(int tenant, TenantEventKind kind) => new(++_sequences[tenant], Now, (int)kind, _eventPayload);
}
