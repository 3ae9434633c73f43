using Silo.LoadTest.Doors;
using Silo.LoadTest.Marks;

namespace Silo.LoadTest.Traffic;

/// <summary>
/// Sends a flow through a door, open loop: when a message is due was decided before (<see cref="ArrivalSchedule"/>), its latency counts
/// from then, and one that comes late since the server was slow with the one before shows that in its latency. Each sender has a connection
/// and one message under way; what one sends, it sends in order.
/// </summary>
internal sealed class Generator(FlowPlan flow, IDoor door, LaneRegister lanes, string run, int seed, TimeProvider time)
{
    // Enough to see what is wrong, not to fill a page.
    private const int MaxRefusalsKept = 5;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    private readonly SenderTally[] _tallies = [.. Enumerable.Range(0, flow.Senders).Select(_ => new SenderTally())];
    private readonly List<string> _refusals = [];
    private long _begin;
    private DateTimeOffset _beganAt;

    public FlowPlan Flow => flow;

    public IReadOnlyList<SenderTally> Tallies => _tallies;

    /// <summary>The first few things that the server said when it did not accept.</summary>
    public IReadOnlyList<string> Refusals
    {
        get
        {
            lock (_refusals) return [.. _refusals];
        }
    }

    /// <summary>Sends all of it, or until it is stopped: what is under way then still gets its answer.</summary>
    /// <param name="stop">Nothing more is offered.</param>
    public async Task Run(CancellationToken stop)
    {
        (_begin, _beganAt) = (time.GetTimestamp(), time.GetUtcNow());
        var mix = new TenantMix(flow.Weights, flow.Senders);
        await Task.WhenAll(
            Enumerable.Range(0, flow.Senders).Select(sender => Task.Run(() => Send(sender, mix, stop), CancellationToken.None)));
    }

    public FlowCounts Count(LatencyHistogram? sinceLook = null)
    {
        var sum = default(FlowCounts);
        foreach (var tally in _tallies) sum += tally.Look(sinceLook);
        return sum;
    }

    private async Task Send(int sender, TenantMix mix, CancellationToken stop)
    {
        if (mix.Of(sender) is not var (tenants, choice)) return;
        var random = new Random(HashCode.Combine(seed, sender));
        var schedule = new ArrivalSchedule(flow.Arrivals, flow.Rate, mix.ShareOf(sender), sender, flow.Senders, flow.Burst, random);
        var messages = new MessageChoice(flow, lanes, run, random);
        var left = (flow.MaxMessages / flow.Senders) + (sender < flow.MaxMessages % flow.Senders ? 1 : 0);
        await using var connection = door.Connect(flow);
        for (; left > 0 && !stop.IsCancellationRequested; left--)
        {
            var due = schedule.Next();
            if (due > flow.MaxTime.Ticks || !await Wait(due, stop)) return;
            if (flow.Arrivals == Arrivals.Flood) due = time.GetElapsedTime(_begin).Ticks;
            if (flow.Arrivals == Arrivals.Flood && due > flow.MaxTime.Ticks) return;
            var message = messages.Next(tenants[choice.Draw(random)], _beganAt.AddTicks(due).UtcTicks, out var lane);
            await Offer(connection, _tallies[sender], message, lane, due, stop);
        }
    }

    private async Task Offer(
        IDoorConnection connection, SenderTally tally, LoadMessage message, SentLane lane, long due, CancellationToken stop)
    {
        var lag = Late(due);
        while (true)
        {
            var answer = await Offer(connection, message);
            // A server may close a connection that was idle: what was not offered over it goes over a new one.
            if (answer.Result == SendResult.NotOffered) answer = await Offer(connection, message);
            var again = flow.Retries && answer.Result is SendResult.Deferred or SendResult.NotOffered && !stop.IsCancellationRequested
                && time.GetElapsedTime(_begin) < flow.MaxTime;
            if (answer.Result != SendResult.Accepted) Keep(answer);
            if (!again)
            {
                tally.Add(answer.Result, lag, Late(due));
                if (answer.Result == SendResult.Accepted) lane.Accepted(message.Mark.Number);
                if (answer.Result == SendResult.Unknown) lane.Doubtful(message.Mark.Number);
                // What is not there now is asked again, not hammered.
                if (answer.Result == SendResult.NotOffered) await Pause(stop);
                return;
            }

            tally.AddRetry();
            await Pause(stop);
        }
    }

    // A message that was begun is not broken off by a stop: then it would be in doubt.
    private static async ValueTask<SendAnswer> Offer(IDoorConnection connection, LoadMessage message) =>
        await connection.TryOpen(CancellationToken.None)
            ? await connection.Send(message, CancellationToken.None)
            : new SendAnswer(SendResult.NotOffered, "no connection");

    private TimeSpan Late(long due) => time.GetElapsedTime(_begin) - TimeSpan.FromTicks(due);

    private async ValueTask<bool> Wait(long due, CancellationToken stop)
    {
        while (Late(due) is var late && late < TimeSpan.Zero)
        {
            try
            {
                // Timers count whole milliseconds; one that is rounded down would wake too early.
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(-late.TotalMilliseconds)), time, stop);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        return true;
    }

    private async Task Pause(CancellationToken stop) =>
        await Task.Delay(RetryAfter, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void Keep(SendAnswer answer)
    {
        lock (_refusals)
        {
            var line = $"{answer.Result}: {answer.Text}";
            if (_refusals.Count < MaxRefusalsKept && !_refusals.Contains(line)) _refusals.Add(line);
        }
    }
}
