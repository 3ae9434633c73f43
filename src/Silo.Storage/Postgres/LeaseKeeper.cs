using Npgsql;
using NpgsqlTypes;
using Silo.Core.Ownership;

namespace Silo.Storage.Postgres;

/// <summary>
/// Renews this incarnation's lease, hears on the way what others ask for and whose lease lapsed, takes those over, and knows when it is
/// over itself.
/// </summary>
internal sealed class LeaseKeeper(PostgresConnections connections, long incarnation, PostgresStoreOptions options, TimeProvider time)
{
    // The rule is Silo.Core.Ownership.LeaseRow: a lease that lapsed may be renewed, as long as nobody took it.
    private const string Renew =
        """
        UPDATE leases SET expires_at = clock_timestamp() + $2,
            steady_since = CASE WHEN expires_at - clock_timestamp() >= $2 / 2 THEN steady_since ELSE clock_timestamp() END
        WHERE incarnation = $1 AND NOT taken RETURNING incarnation
        """;

    private const string ReadRequests =
        """
        SELECT r.tenant_key, t.name, r.incarnation FROM requests r JOIN tenants t ON t.tenant_key = r.tenant_key AND t.owner = $1
        WHERE r.incarnation <> $1 AND r.asked_at > clock_timestamp() - $2
        """;

    private const string ReadLapsed =
        "SELECT incarnation FROM leases WHERE NOT taken AND expires_at < clock_timestamp() AND incarnation <> $1";

    private readonly LeaseClock _clock = new(options.LeaseTime, options.LeaseMargin);
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private Action<IReadOnlyList<TenantRequest>>? _requested;
    private Task _running = Task.CompletedTask;
    private Task _takeover = Task.CompletedTask;
    private long _heard;
    private volatile string? _trouble;

    public bool IsHeld => !_lost.Task.IsCompleted && _clock.IsHeld(Now());

    public Task<string> Lost => _lost.Task;

    /// <summary>Why the last renewal failed; null when it did not.</summary>
    public string? Trouble => _trouble;

    /// <summary>Asks for the lease once, then again and again in the background.</summary>
    public async Task Start(CancellationToken cancellationToken)
    {
        _heard = time.GetTimestamp();
        await Ask(cancellationToken);
        _running = Task.Run(Run, CancellationToken.None);
    }

    public void OnRequested(Action<IReadOnlyList<TenantRequest>> requested)
    {
        if (Interlocked.CompareExchange(ref _requested, requested, null) is not null)
            throw new InvalidOperationException("Requests are told to somebody already.");
    }

    public void Lose(string reason)
    {
        _clock.End();
        _lost.TrySetResult(reason);
    }

    /// <summary>No renewal begins after this.</summary>
    public async Task Stop()
    {
        await _stop.CancelAsync();
        await _running;
        await _takeover;
    }

    private async Task Run()
    {
        while (!_lost.Task.IsCompleted)
        {
            try
            {
                await Task.Delay(options.RenewInterval, time, _stop.Token);
                await Ask(_stop.Token);
                _trouble = null;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is: without a renewal the lease runs out, and nobody may stop asking because of one failure.
                _trouble = e.Message;
                if (OwnershipRules.IsCutOff(time.GetElapsedTime(_heard), options.CutOffAfter))
                    Lose($"the database was out of reach for {options.CutOffAfter.TotalSeconds:0} s ({e.Message})");
            }
        }
    }

    private async Task Ask(CancellationToken cancellationToken)
    {
        var (timestamp, before) = (time.GetTimestamp(), Now());
        var requests = new List<TenantRequest>();
        var lapsed = new List<long>();
        await using var connection = await connections.Lease.OpenConnectionAsync(cancellationToken);
        await using (var batch = new NpgsqlBatch(connection))
        {
            batch.BatchCommands.Add(Command(Renew, options.LeaseTime));
            batch.BatchCommands.Add(Command(ReadRequests, options.ClaimTimeout));
            batch.BatchCommands.Add(Command(ReadLapsed, null));
            await using var rows = await batch.ExecuteReaderAsync(CancellationToken.None);
            var renewed = await rows.ReadAsync(CancellationToken.None);
            await rows.NextResultAsync(CancellationToken.None);
            while (await rows.ReadAsync(CancellationToken.None)) requests.Add(new(rows.GetInt64(0), rows.GetString(1), rows.GetInt64(2)));
            await rows.NextResultAsync(CancellationToken.None);
            while (await rows.ReadAsync(CancellationToken.None)) lapsed.Add(rows.GetInt64(0));
            if (!renewed)
            {
                Lose("another silo took this one's tenants over");
                return;
            }
        }

        _clock.Renewed(before, Now());
        _heard = timestamp;
        if (requests.Count > 0) _requested?.Invoke(requests);
        // Apart: it may wait for the other's last batch, and the renewals must not.
        if (lapsed.Count > 0 && _takeover.IsCompleted) _takeover = TakeOver(lapsed);
    }

    private LeaseInstant Now() => new(time.GetElapsedTime(0), time.GetUtcNow());

    private async Task TakeOver(List<long> lapsed)
    {
        try
        {
            foreach (var other in lapsed)
            {
                await using var command = connections.Claims.CreateCommand("SELECT take_over($1, $2, $3)");
                command.Parameters.Add(new() { Value = incarnation });
                command.Parameters.Add(new() { Value = other });
                command.Parameters.Add(new() { Value = options.LeaseTime, NpgsqlDbType = NpgsqlDbType.Interval });
                await command.ExecuteScalarAsync();
            }
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException)
        {
            // The next renewal names it again.
        }
    }

    private NpgsqlBatchCommand Command(string sql, TimeSpan? time)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.Add(new() { Value = incarnation });
        if (time is { } span) command.Parameters.Add(new() { Value = span, NpgsqlDbType = NpgsqlDbType.Interval });
        return command;
    }
}
