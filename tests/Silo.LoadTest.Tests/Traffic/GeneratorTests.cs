using Silo.LoadTest.Doors;
using Silo.LoadTest.Traffic;
using Xunit;

namespace Silo.LoadTest.Tests.Traffic;

public sealed class GeneratorTests
{
    private static readonly FlowPlan Flow = new()
    {
        Name = "mail", Tenants = [new LoadTenant(0, "load-0")], Weights = [1], Arrivals = Arrivals.Constant, Rate = 10, MaxMessages = 20,
        MaxTime = TimeSpan.FromMinutes(1), Senders = 1, Kinds = [new MessageKind(100)],
        Domains = new Dictionary<string, double> { ["gmail.com"] = 1 }, SenderDomain = "load.example", ConfigurationSet = "load",
    };

    [Fact]
    public async Task A_server_that_stalls_shows_in_the_latency_of_all_that_was_due_meanwhile()
    {
        var clock = new InstantClock();
        // The first answer takes two seconds; 20 messages are due in them, one each 100 ms.
        var door = new ScriptedDoor((_, _) => SendResult.Accepted) { OnSend = n => clock.Pass(TimeSpan.FromSeconds(n == 0 ? 2 : 0)) };
        var generator = await Run(Flow, door, clock);
        Assert.Equal(20, generator.Count().Accepted);
        var (latency, lag) = Read(generator);
        // 2,000 ms, 1,900, 1,800 …: what a closed loop would have told as one slow and 19 quick ones.
        Assert.InRange(latency.At(0.5)!.Value, 1_000, 1_130);
        Assert.InRange(latency.At(1)!.Value, 2_000, 2_001);
        Assert.InRange(lag.At(1)!.Value, 1_899, 1_901);
    }

    [Fact]
    public async Task Messages_of_a_lane_are_numbered_in_their_order_and_noted_when_they_were_accepted()
    {
        var clock = new InstantClock();
        var (lanes, sent) = (new LaneRegister(), new List<LoadMessage>());
        var door = new ScriptedDoor((message, _) =>
        {
            sent.Add(message);
            return message.Mark.Number switch { 3 => SendResult.Refused, 5 => SendResult.Unknown, _ => SendResult.Accepted };
        });
        var generator = await Run(Flow with { MaxMessages = 8 }, door, clock, lanes);
        var lane = Assert.Single(lanes.Lanes);
        Assert.Equal(Enumerable.Range(0, 8).Select(n => (long)n), sent.Select(m => m.Mark.Number));
        Assert.Equal([0L, 1, 2, 4, 6, 7], Enumerable.Range(0, 8).Select(n => (long)n).Where(lane.IsAccepted));
        Assert.Equal([5L], Enumerable.Range(0, 8).Select(n => (long)n).Where(lane.IsDoubtful));
        Assert.Equal(new FlowCounts(6, 0, 1, 1, 0, 0), generator.Count());
        Assert.All(sent, m => Assert.Equal((m.Mark.Lane, m.Mark.Number), (m.Recipient.Lane, m.Recipient.Number)));
    }

    [Fact]
    public async Task What_is_put_off_is_offered_again_where_the_flow_says_so()
    {
        var clock = new InstantClock();
        var door = new ScriptedDoor((_, n) => n < 2 ? SendResult.Deferred : SendResult.Accepted);
        var generator = await Run(Flow with { MaxMessages = 3, Retries = true }, door, clock);
        Assert.Equal(new FlowCounts(3, 0, 0, 0, 0, 2), generator.Count());

        door = new ScriptedDoor((_, n) => n < 2 ? SendResult.Deferred : SendResult.Accepted);
        generator = await Run(Flow with { MaxMessages = 3 }, door, clock);
        Assert.Equal(new FlowCounts(1, 2, 0, 0, 0, 0), generator.Count());
    }

    [Fact]
    public async Task A_flow_ends_with_its_time_or_its_messages_whatever_comes_first()
    {
        var clock = new InstantClock();
        var generator = await Run(
            Flow with { MaxTime = TimeSpan.FromMilliseconds(450) }, new ScriptedDoor((_, _) => SendResult.Accepted), clock);
        Assert.Equal(5, generator.Count().Accepted);
        generator = await Run(Flow with { MaxMessages = 7 }, new ScriptedDoor((_, _) => SendResult.Accepted), clock);
        Assert.Equal(7, generator.Count().Accepted);
    }

    [Fact]
    public async Task A_server_that_is_gone_is_asked_again_for_each_message_and_counted_for_it()
    {
        var clock = new InstantClock();
        var generator = await Run(Flow with { MaxMessages = 5 }, new ScriptedDoor((_, _) => SendResult.Accepted) { IsGone = true }, clock);
        Assert.Equal(new FlowCounts(0, 0, 0, 0, 5, 0), generator.Count());
        Assert.Contains("NotOffered: no connection", generator.Refusals);
    }

    private static async Task<Generator> Run(FlowPlan flow, ScriptedDoor door, InstantClock clock, LaneRegister? lanes = null)
    {
        var generator = new Generator(flow, door, lanes ?? new LaneRegister(), "1a2b", 1, clock);
        await generator.Run(CancellationToken.None);
        return generator;
    }

    private static (LatencyHistogram Latency, LatencyHistogram Lag) Read(Generator generator)
    {
        var (latency, lag) = (new LatencyHistogram(), new LatencyHistogram());
        foreach (var tally in generator.Tallies) tally.AddTo(latency, lag);
        return (latency, lag);
    }

    /// <summary>Answers by the number of the call.</summary>
    private sealed class ScriptedDoor(Func<LoadMessage, int, SendResult> answer) : IDoor, IDoorConnection
    {
        private int _calls;

        public string Name => "scripted";

        public bool IsGone { get; init; }

        public Action<int>? OnSend { get; init; }

        public IDoorConnection Connect(FlowPlan flow) => this;

        public ValueTask<bool> TryOpen(CancellationToken cancellationToken) => ValueTask.FromResult(!IsGone);

        public ValueTask<SendAnswer> Send(LoadMessage message, CancellationToken cancellationToken)
        {
            var call = _calls++;
            OnSend?.Invoke(call);
            return ValueTask.FromResult(new SendAnswer(answer(message, call)));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
