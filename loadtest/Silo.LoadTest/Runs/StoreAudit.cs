using Silo.Core.Tenants;
using Silo.LoadTest.Marks;
using Silo.LoadTest.Servers;
using Silo.Storage;
using Silo.Storage.Postgres;
using Silo.Storage.Sqlite;

namespace Silo.LoadTest.Runs;

/// <summary>
/// What stands in the store of the run's own server once that has ended: what of the run's mail is still queued or ended without leaving,
/// what may have left twice, and what paused a tenant. Read by message, so that nothing that is lost hides behind a sum.
/// </summary>
internal sealed class StoreAudit
{
    private const int Page = 10_000;

    private readonly string _run;
    private readonly HashSet<(int Lane, long Number)> _kept = [];
    private readonly HashSet<(int Lane, long Number)> _possibleDuplicates = [];
    private readonly Dictionary<long, (int Lane, long Number, DateTimeOffset At)> _lastBounces = [];
    private readonly Dictionary<long, int> _tenants = [];
    private readonly Dictionary<int, AutomaticPause> _pauses = [];

    private StoreAudit(string run) => _run = run;

    /// <summary>Messages that did not leave, and are accounted for: queued, cancelled, expired, suppressed.</summary>
    public IReadOnlySet<(int Lane, long Number)> Kept => _kept;

    public IReadOnlySet<(int Lane, long Number)> PossibleDuplicates => _possibleDuplicates;

    /// <summary>The first pause of a tenant that followed from a finding, by the tenant's number.</summary>
    public IReadOnlyDictionary<int, AutomaticPause> Pauses => _pauses;

    public long Queued { get; private set; }

    public long Cancelled { get; private set; }

    public long Expired { get; private set; }

    public long Suppressed { get; private set; }

    /// <exception cref="InvalidOperationException">The store does not open.</exception>
    public static async Task<StoreAudit> Read(OwnServer server, string run, CancellationToken cancellationToken)
    {
        var opening = server.ClusterDatabase is { } connectionString
            ? await PostgresStore.Open(
                new PostgresStoreOptions { ConnectionString = connectionString, Exclusive = true, Address = "" }, TimeProvider.System,
                cancellationToken)
            : await SqliteStore.Open(
                new SqliteStoreOptions { Directory = server.DataDirectory, MinFreeDiskBytes = 0 }, TimeProvider.System, cancellationToken);
        if (opening is not StoreOpening.Opened { Store: var store })
            throw new InvalidOperationException($"The store of the server does not open: {((StoreOpening.Refused)opening).Message}");
        await using (store) return await Read(store, run, cancellationToken);
    }

    public static async Task<StoreAudit> Read(ISiloStore store, string run, CancellationToken cancellationToken)
    {
        var audit = new StoreAudit(run);
        await audit.ReadEvents(store, cancellationToken);
        await audit.ReadQueues(store, cancellationToken);
        return audit;
    }

    private async Task ReadEvents(ISiloStore store, CancellationToken cancellationToken)
    {
        long position = 0;
        while (await store.Events.ReadFrom(position, Page, cancellationToken) is { Count: > 0 } page)
        {
            position = page[^1].Position;
            foreach (var stored in page)
                if (IsOfInterest((TenantEventKind)stored.Kind))
                    Look(stored.TenantKey, TenantEvent.FromPayload(stored.Sequence, stored.At, stored.Kind, stored.Payload.Span));
        }
    }

    private static bool IsOfInterest(TenantEventKind kind) => kind is TenantEventKind.HardBounced or TenantEventKind.Complained
        or TenantEventKind.StatusChanged or TenantEventKind.PossibleDuplicate or TenantEventKind.Cancelled or TenantEventKind.Expired
        or TenantEventKind.Suppressed or TenantEventKind.Rejected;

    private void Look(long tenantKey, TenantEvent e)
    {
        var address = LoadAddress.TryParse(e.Recipient, out var parsed) && parsed.Run == _run ? parsed : default;
        switch (e.Kind)
        {
            case TenantEventKind.HardBounced when address.Run is not null:
                _lastBounces[tenantKey] = (address.Lane, address.Number, e.At);
                _tenants[tenantKey] = address.Tenant;
                break;
            case TenantEventKind.StatusChanged when e.Standing is { MaySend: false } && _lastBounces.TryGetValue(tenantKey, out var bounce):
                _pauses.TryAdd(_tenants[tenantKey], new AutomaticPause(e.At, bounce.Lane, bounce.Number));
                break;
            case TenantEventKind.PossibleDuplicate when address.Run is not null:
                _possibleDuplicates.Add((address.Lane, address.Number));
                break;
            case TenantEventKind.Cancelled or TenantEventKind.Expired or TenantEventKind.Suppressed or TenantEventKind.Rejected
                when address.Run is not null:
                if (!_kept.Add((address.Lane, address.Number))) break;
                if (e.Kind == TenantEventKind.Cancelled) Cancelled++;
                else if (e.Kind == TenantEventKind.Expired) Expired++;
                else Suppressed++;
                break;
        }
    }

    private async Task ReadQueues(ISiloStore store, CancellationToken cancellationToken)
    {
        foreach (var count in await store.Spool.CountQueued(cancellationToken))
        {
            var cursor = default(QueueCursor);
            while (true)
            {
                var page = await store.Spool.ReadQueue(count.TenantKey, cursor, Page, includeSetAside: true, cancellationToken);
                if (page.Count == 0) break;
                cursor = new QueueCursor(page[^1].DueAt, page[^1].Id);
                foreach (var unit in page)
                {
                    if (!LoadAddress.TryParse(unit.Recipient, out var address) || address.Run != _run) continue;
                    if (_kept.Add((address.Lane, address.Number))) Queued++;
                    if (unit.PossibleDuplicate) _possibleDuplicates.Add((address.Lane, address.Number));
                }
            }
        }
    }
}

/// <param name="At">When the server changed the status.</param>
/// <param name="Lane">With <paramref name="Number"/>, of the bounce that was counted last before it.</param>
internal sealed record AutomaticPause(DateTimeOffset At, int Lane, long Number);
