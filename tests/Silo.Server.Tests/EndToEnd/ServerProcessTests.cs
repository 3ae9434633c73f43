using System.Net;
using Microsoft.Data.Sqlite;
using Npgsql;
using Silo.Core.Tenants;
using Silo.Server.Hosting;
using Silo.Storage;
using Silo.Storage.Postgres;
using Silo.Storage.Sqlite;
using Silo.Testing.EndToEnd;
using Silo.Testing.Postgres;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.Server.Tests.EndToEnd;

/// <summary>The promises of the program as a process: what it accepted survives its death, and it ends when it is asked to.</summary>
public sealed class ServerProcessTests : IDisposable
{
    private const int Slots = 32;
    private static readonly (string, string)[] FewSlots = [("Silo__Delivery__InFlight", $"{Slots}"), ("Silo__Delivery__InFlightPerTenant", $"{Slots}")];

    private static readonly string Program = typeof(SiloOptions).Assembly.Location;

    private readonly string _data = Directory.CreateTempSubdirectory("silo-process-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public Task What_was_accepted_survives_every_crash_and_only_what_was_in_hand_may_arrive_twice() =>
        Survives(crashes: 3, [], IsEmpty, () => ReadBooks());

    [PostgresFact]
    public async Task On_PostgreSQL_it_survives_as_well_although_the_next_process_waits_out_the_lease_of_the_one_that_died()
    {
        await using var database = await PostgresServer.Start();
        var connectionString = await database.CreateDatabase("silo");
        await Survives(
            crashes: 1, [("Silo__Store__Kind", "Postgres"), ("Silo__Store__ConnectionString", connectionString)],
            async () =>
            {
                await using var connection = new NpgsqlConnection(connectionString);
                await connection.OpenAsync();
                await using var units = new NpgsqlCommand("SELECT NOT EXISTS (SELECT 1 FROM silo.units)", connection);
                return await units.ExecuteScalarAsync() is true;
            },
            async () =>
            {
                var options = new PostgresStoreOptions { ConnectionString = connectionString, Exclusive = true, Address = "" };
                var opening = await PostgresStore.Open(options, TimeProvider.System, default);
                await using var store = Assert.IsType<StoreOpening.Opened>(opening).Store;
                return await Books.Read(store);
            });
    }

    /// <param name="isEmpty">Whether nothing is queued any more: mail that was accepted without an answer leaves as well.</param>
    private async Task Survives(int crashes, (string, string)[] settings, Func<Task<bool>> isEmpty, Func<Task<Books>> readBooks)
    {
        settings = [.. FewSlots, .. settings];
        await using var sink = new SinkServer();
        var load = new Load("u", "a", "b");
        for (var crash = 0; crash < crashes; crash++)
        {
            var (server, client) = await Start(sink.Port, settings);
            await using var _ = server;
            if (crash == 0) await client.SetUp("a", "b");
            var before = sink.MessageCount;
            var sending = load.Run(client, 8);
            await Patiently.Until(() => sink.MessageCount - before > 200, "mail flows");
            server.Kill();
            await server.Exit();
            await sending;
            client.Dispose();
        }

        var (last, lastClient) = await Start(sink.Port, settings);
        await using var __ = last;
        var accepted = load.Accepted.ToHashSet();
        await Patiently.Until(
            () => accepted.IsSubsetOf(Arrived(sink)),
            () => $"all {accepted.Count} accepted arrive; {accepted.Except(Arrived(sink)).Count()} did not");
        await Patiently.Until(isEmpty, () => $"the queue is empty. {last.Output}");
        last.Terminate();
        Assert.Equal(0, await last.Exit());
        lastClient.Dispose();

        var (books, events) = await readBooks();
        var sum = Books.Sum(books.Values);
        Assert.True(sum.Accepted >= accepted.Count, $"{sum.Accepted} stored, {accepted.Count} answered");
        // Nothing else became of any unit: each was handed over, and the spool is empty.
        Assert.Equal(sum.Accepted, sum.HandedOver);
        var marked = events.Where(e => e.Kind == TenantEventKind.PossibleDuplicate).Select(e => e.Recipient!).ToHashSet();
        var twice = sink.Messages.GroupBy(m => m.Recipient).Where(g => g.Count() > 1).Select(g => g.Key).ToArray();
        Assert.Empty(twice.Except(marked));
        Assert.InRange(sum.PossibleDuplicates, 0, crashes * Slots);
    }

    [Fact]
    public async Task A_message_that_ends_the_process_each_time_is_set_aside_and_the_others_go_on()
    {
        ServerProcess? victim = null;
        var seen = 0;
        await using var sink = new SinkServer(new SinkOptions
        {
            OnMessage = m =>
            {
                if (m.Recipient != "poison@example.org") return;
                Interlocked.Increment(ref seen);
                Volatile.Read(ref victim)?.Kill();
            },
        });
        for (var crash = 1; crash <= 3; crash++)
        {
            // Whoever comes back may send before it is ready.
            await using var server = ServerProcess.Launch(Program, _data, ServerProcess.Relay(sink.Port));
            Volatile.Write(ref victim, server);
            if (crash == 1)
            {
                using var client = await server.WhenReady();
                await client.SetUp("a");
                await client.Send("a", "poison@example.org");
            }

            Assert.NotEqual(0, await server.Exit());
            Assert.Equal(crash, seen);
        }

        var (last, lastClient) = await Start(sink.Port);
        await using var __ = last;
        Volatile.Write(ref victim, last);
        for (var i = 0; i < 5; i++) await lastClient.Send("a", $"healthy{i}@example.org");
        await Patiently.Until(() => Arrived(sink).Count(r => r.StartsWith("healthy", StringComparison.Ordinal)) == 5, "the others arrive");
        last.Terminate();
        Assert.Equal(0, await last.Exit());
        lastClient.Dispose();
        Assert.Equal(3, seen);
        var (books, _) = await ReadBooks(setAside: 1);
        Assert.Equal((1, 1, 5), (books["a"].SetAside, books["a"].Open, books["a"].HandedOver));
    }

    [Fact]
    public async Task A_process_that_is_asked_to_stop_under_load_exits_clean_loses_nothing_and_repeats_nothing()
    {
        await using var sink = new SinkServer();
        var load = new Load("u", "a", "b");
        var (server, client) = await Start(sink.Port);
        await using var _ = server;
        await client.SetUp("a", "b");
        var sending = load.Run(client, 8);
        await Patiently.Until(() => sink.MessageCount > 200, "mail flows");
        var asked = TimeProvider.System.GetTimestamp();
        server.Terminate();
        Assert.Equal(0, await server.Exit());
        Assert.InRange(TimeProvider.System.GetElapsedTime(asked), TimeSpan.Zero, TimeSpan.FromSeconds(30));
        load.Stop();
        await sending;
        client.Dispose();

        var (next, nextClient) = await Start(sink.Port);
        await using var __ = next;
        var accepted = load.Accepted.ToHashSet();
        await Patiently.Until(() => accepted.IsSubsetOf(Arrived(sink)), "all accepted arrive");
        next.Terminate();
        Assert.Equal(0, await next.Exit());
        nextClient.Dispose();
        Assert.Equal(Arrived(sink).Count, sink.Messages.Count);
        var (_, events) = await ReadBooks();
        Assert.DoesNotContain(events, e => e.Kind == TenantEventKind.PossibleDuplicate);
    }

    [Fact]
    public async Task A_second_process_on_the_same_directory_says_who_holds_it_and_ends()
    {
        await using var sink = new SinkServer();
        var (first, client) = await Start(sink.Port);
        await using var _ = first;
        await using var second = ServerProcess.Launch(Program, _data);
        Assert.Equal(1, await second.Exit());
        Assert.Contains($"is in use by process {first.Id}", second.Output, StringComparison.Ordinal);
        await client.SetUp("a");
        client.Dispose();
    }

    [Fact]
    public async Task An_invalid_configuration_ends_the_start_with_all_errors_at_once()
    {
        await using var server = ServerProcess.Launch(
            Program, _data, ("Silo__Region", "Not Valid!"), ("Silo__Transport__Kind", "Pigeon"),
            ("Silo__Delivery__InFlight", "0"), ("Silo__RootSecretAccessKey", ""));
        Assert.Equal(1, await server.Exit());
        foreach (var named in new[] { "Region", "Silo:Transport:Kind", "InFlight", "must be given together" })
            Assert.Contains(named, server.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_data));
    }

    [Fact]
    public async Task Bounces_of_a_real_peer_pause_their_tenant_while_another_one_goes_on()
    {
        await using var sink = new SinkServer();
        var (server, client) = await Start(sink.Port);
        await using var _ = server;
        await client.SetUp("bad", "good");
        for (var i = 0; i < 10; i++)
        {
            var page = i;
            await client.Send("bad", [.. Enumerable.Range(0, 50).Select(n => $"550-5.1.1-nobody-{page}-{n}@example.org")]);
        }

        await Patiently.Until(async () => await client.SendingStatus("bad") == "DISABLED", () => $"the tenant is paused. {server.Output}");
        var (status, body) = await client.Send("bad", "someone@example.org");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("Sending disabled for arn:aws:ses:us-east-1:000000000000:tenant/bad/", body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await client.Send("good", "friend@example.org")).Status);
        await Patiently.Until(() => Arrived(sink).Contains("friend@example.org"), "the other tenant's mail arrives");
        Assert.Contains("BOUNCE", await Recommendations(client), StringComparison.Ordinal);
        client.Dispose();
        server.Terminate();
        Assert.Equal(0, await server.Exit());

        // And it stays paused in the next life.
        var (next, nextClient) = await Start(sink.Port);
        await using var __ = next;
        Assert.Equal("DISABLED", await nextClient.SendingStatus("bad"));
        Assert.Equal("ENABLED", await nextClient.SendingStatus("good"));
        nextClient.Dispose();
    }

    private async Task<(ServerProcess Process, SesClient Client)> Start(int relayPort, params (string Key, string Value)[] more)
    {
        var server = ServerProcess.Launch(Program, _data, [.. ServerProcess.Relay(relayPort), .. more]);
        return (server, await server.WhenReady());
    }

    private static Task<string> Recommendations(SesClient client) => client.Must("/v2/email/vdm/recommendations", new { });

    private static HashSet<string> Arrived(SinkServer sink) => [.. sink.Messages.Select(m => m.Recipient)];

    /// <summary>Looks beside the process that has the database open.</summary>
    private async Task<bool> IsEmpty()
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(_data, "silo.db")};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync();
        await using var units = connection.CreateCommand();
        units.CommandText = "SELECT NOT EXISTS (SELECT 1 FROM units)";
        return await units.ExecuteScalarAsync() is 1L;
    }

    private async Task<Books> ReadBooks(long setAside = 0)
    {
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = _data, MinFreeDiskBytes = 0 }, TimeProvider.System, default);
        await using var store = Assert.IsType<StoreOpening.Opened>(opening).Store;
        return await Books.Read(store, setAside);
    }
}
