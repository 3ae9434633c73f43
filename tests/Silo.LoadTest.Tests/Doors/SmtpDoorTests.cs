using Silo.LoadTest.Doors;
using Silo.LoadTest.Marks;
using Silo.LoadTest.Sinks;
using Silo.LoadTest.Sinks.Accounting;
using Silo.LoadTest.Sinks.Smtp;
using Silo.LoadTest.Traffic;
using Xunit;

namespace Silo.LoadTest.Tests.Doors;

public sealed class SmtpDoorTests
{
    private const string Run = "1a2b";

    private static readonly FlowPlan Flow = new()
    {
        Name = "mail", Tenants = [.. Enumerable.Range(0, 3).Select(n => new LoadTenant(n, $"load-{n}"))], Weights = [1, 1, 1],
        Arrivals = Arrivals.Flood, MaxMessages = 60, MaxTime = TimeSpan.FromMinutes(1), Senders = 4,
        Kinds = [new MessageKind(1), new MessageKind(77), new MessageKind(5_000), new MessageKind(300, 10_000)],
        Domains = new Dictionary<string, double> { ["gmail.com"] = 1, ["recipient.example"] = 1 }, SenderDomain = "load.example",
        ConfigurationSet = "load",
    };

    [Fact]
    public async Task What_goes_in_at_the_door_comes_out_whole_at_the_sink()
    {
        await using var sink = Sink();
        var lanes = new LaneRegister();
        var generator = new Generator(Flow, Door(sink), lanes, Run, 1, TimeProvider.System);
        await generator.Run(CancellationToken.None);
        Assert.Equal(60, generator.Count().Accepted);
        var tally = sink.Tally(Books(lanes));
        Assert.Equal(60, tally.Delivered);
        Assert.True(tally.IsClean, string.Join('\n', tally.Violations));
        Assert.True(lanes.Lanes.Count > 6, "every sender has lanes of its own");
    }

    [Fact]
    public async Task A_recipient_that_is_refused_costs_no_connection()
    {
        await using var sink = Sink();
        var flow = Flow with { Senders = 1, Fates = new Dictionary<LoadFate, double> { [LoadFate.Bounce] = 0.5 } };
        var generator = new Generator(flow, Door(sink), new LaneRegister(), Run, 3, TimeProvider.System);
        await generator.Run(CancellationToken.None);
        var counts = generator.Count();
        Assert.InRange(counts.Refused, 15, 45);
        Assert.Equal(60, counts.Refused + counts.Accepted);
        Assert.Equal(1, sink.Counts.Connections);
        Assert.Contains(generator.Refusals, r => r.StartsWith("Refused: 550", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_that_was_closed_meanwhile_is_opened_anew_and_nothing_is_lost()
    {
        await using var sink = Sink();
        await using var connection = Door(sink).Connect(Flow);
        Assert.True(await connection.TryOpen(default));
        Assert.Equal(SendResult.Accepted, (await connection.Send(Message(0), default)).Result);
        sink.DropConnections();
        // Nothing of it was taken before the content went out, so it can be offered again.
        Assert.Equal(SendResult.NotOffered, (await connection.Send(Message(1), default)).Result);
        Assert.True(await connection.TryOpen(default));
        Assert.Equal(SendResult.Accepted, (await connection.Send(Message(1), default)).Result);
        Assert.Equal(2, sink.Counts.Delivered);
    }

    [Fact]
    public async Task Where_nobody_listens_no_connection_opens()
    {
        var sink = Sink();
        var door = Door(sink);
        await sink.DisposeAsync();
        await using var connection = door.Connect(Flow);
        Assert.False(await connection.TryOpen(default));
    }

    private static SmtpSink Sink() => new(
        new SinkOptions { Run = Run, Checks = new SinkChecks { AuthorDomain = "t{tenant}.load.example" } });

    private static SmtpDoor Door(SmtpSink sink) => new(new SmtpDoorOptions("127.0.0.1", sink.Endpoint.Port, NamesTenants: false));

    private static LoadMessage Message(long number) => new(
        Flow.Tenants[0], new LoadMark(Run, 0, 0, number, TimeProvider.System.GetUtcNow().Ticks),
        new LoadAddress(LoadFate.Profile, Run, 0, 0, number, "gmail.com"), 0);

    private static SentBooks Books(LaneRegister lanes)
    {
        var books = new SentBooks();
        foreach (var lane in lanes.Lanes)
            for (var number = 0L; number < lane.Offered; number++)
                if (lane.IsAccepted(number)) books.Accepted(lane.Tenant.Number, lane.Number, number);
        return books;
    }
}
