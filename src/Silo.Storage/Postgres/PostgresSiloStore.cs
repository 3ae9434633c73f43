using Npgsql;
using Silo.Storage.Writing;

namespace Silo.Storage.Postgres;

/// <summary>The parts of an open store, and the order in which they stop.</summary>
internal sealed class PostgresSiloStore : ISiloStore
{
    private readonly PostgresConnections _connections;
    private readonly WriteQueue _queue;
    private readonly PostgresWriter _writer;
    private readonly LeaseKeeper _lease;
    private readonly PostgresStoreOptions _options;
    private int _disposed;

    public PostgresSiloStore(
        PostgresConnections connections, LeaseKeeper lease, EventDays days, (long Incarnation, long FirstBlock, long LogOffset) registered,
        PostgresStoreOptions options, TimeProvider time)
    {
        (_connections, _lease, _options) = (connections, lease, options);
        var (incarnation, firstBlock, logOffset) = registered;
        var tickets = new TicketBook();
        _queue = new WriteQueue(tickets);
        var own = new OwnTenants();
        // A hand-over that was asked for waits for what is in flight; nothing is in flight for longer than this.
        var doubtful = new DoubtfulClaims(TimeSpan.FromHours(1), time);
        var inHand = new UnitsInHand();
        var readers = new PostgresReaders(connections.Readers);
        var ids = new PostgresIdReserve(connections.Lease, firstBlock);
        var session = new WriterSession(connections, incarnation, logOffset, days, time);
        _writer = new PostgresWriter(_queue, tickets, session, new Batch(own, inHand), lease, logOffset, options, time);
        var claims = new TenantClaims(connections, own, doubtful, inHand, ids, incarnation, options, time);
        Spool = new PostgresSpool(_writer, tickets, ids, readers, incarnation);
        Tenants = new PostgresTenantStore(_writer, readers, claims, own, incarnation);
        Events = new PostgresEventLog(readers, logOffset);
        Resources = new PostgresResourceStore(_writer, readers);
        Suppressions = new PostgresSuppressionStore(_writer, readers);
        RollUps = new PostgresRollUpStore(readers);
        var beside = new PostgresReaders(connections.Notices);
        var insights = new PostgresInsightStore(readers, beside);
        Insights = insights;
        Exports = new PostgresExportStore(readers, beside);
        Audit = new PostgresAuditLog(_writer, readers);
        Contacts = new PostgresContactStore(_writer, readers);
        OptOuts = new PostgresOptOutStore(_writer, readers);
        Notices = new PostgresNoticeStore(_writer, readers, beside, incarnation);
        Addresses = new PostgresAddressStore(_writer, readers, beside, insights, logOffset);
        Ownership = new PostgresOwnership(_writer, readers, lease, own, doubtful, incarnation);
        Upkeep = new PostgresUpkeep(connections, days, options, time);
        _writer.Start();
        Upkeep.Start();
    }

    public ISpool Spool { get; }

    public ITenantStore Tenants { get; }

    public IEventLog Events { get; }

    public IResourceStore Resources { get; }

    public ISuppressionStore Suppressions { get; }

    public IInsightStore Insights { get; }

    public IExportStore Exports { get; }

    public IAuditLog Audit { get; }

    public INoticeStore Notices { get; }

    public IRollUpStore RollUps { get; }

    public IContactStore Contacts { get; }

    public IOptOutStore OptOuts { get; }

    public IOwnership Ownership { get; }

    public IAddressStore Addresses { get; }

    public bool AcceptsWrites => WriteRefusal is null;

    public string? WriteRefusal =>
        _lease.Lost.IsCompleted ? $"this silo has ended: {_lease.Lost.Result}"
        : (_writer.Trouble ?? _lease.Trouble) is { } trouble ? $"the database does not answer as it should ({trouble})"
        : _queue.PendingBytes >= _options.MaxPendingBytes ? "the database does not keep up with what comes in"
        : null;

    internal PostgresUpkeep Upkeep { get; }

    internal PostgresConnections Connections => _connections;

    /// <summary>Stops as a process does that is cut off: tells the database nothing, and writes nothing more.</summary>
    internal async Task Abandon()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _lease.Lose("it was abandoned");
        await Stop();
        await _connections.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await Stop();
        if (!_lease.Lost.IsCompleted) await End(_connections.Lease, Ownership.Incarnation);
        await _connections.DisposeAsync();
    }

    /// <summary>Marks an incarnation dead, so that nobody has to wait for its lease.</summary>
    internal static async Task End(NpgsqlDataSource source, long incarnation)
    {
        try
        {
            await using var command = source.CreateCommand("SELECT end_incarnation($1)");
            command.Parameters.Add(new() { Value = incarnation });
            await command.ExecuteScalarAsync();
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
        {
            // Its lease lapses then.
        }
    }

    private async Task Stop()
    {
        await Upkeep.Stop();
        await _writer.Stop();
        await _lease.Stop();
    }
}
