using Silo.LoadTest.Sinks;
using Silo.LoadTest.Sinks.Accounting;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Runs;

/// <summary>
/// The figures that are known when all is over: what was sent held against what came, and what the store says of the rest.
/// </summary>
/// <param name="audit">Null when the store is somebody else's: then what is still queued there counts as lost.</param>
internal sealed class Reckoning(RunContext context, SinkTally tally, StoreAudit? audit)
{
    private readonly FigureBook _figures = context.Figures;

    public void Fill()
    {
        FillSent();
        FillArrived();
        FillFaults();
        foreach (var generator in context.Generators) FillFlow(generator);
        foreach (var act in context.Scenario.Acts.Where(a => a.Kind == Scenarios.ActKind.WatchPause)) FillPause(act.Name, act.Tenants!);
    }

    private void FillSent()
    {
        var counts = context.Count();
        _figures.Set("sent", counts.All);
        _figures.Set("accepted", counts.Accepted);
        _figures.Set("deferred", counts.Deferred);
        _figures.Set("refused", counts.Refused);
        _figures.Set("unknown", counts.Unknown);
        _figures.Set("not-offered", counts.NotOffered);
        _figures.Set("retries", counts.Retries);
    }

    private void FillArrived()
    {
        _figures.Set("delivered", tally.Delivered);
        _figures.Set("bounced", tally.Refused);
        _figures.Set("complaints", tally.Counts.Complaints);
        _figures.Set("put-off", tally.Counts.Deferred);
        _figures.Set("rate-limited", tally.Counts.RateLimited);
        _figures.Set("queued", audit?.Queued);
        _figures.Set("cancelled", audit?.Cancelled);
        _figures.Set("expired", audit?.Expired);
        _figures.Set("suppressed", audit?.Suppressed);
    }

    private void FillFaults()
    {
        _figures.Set("lost", tally.Lost);
        _figures.Set("duplicates", tally.Again);
        _figures.Set("duplicates.unmarked", audit is null ? null : tally.Of(SinkFault.Duplicate));
        _figures.Set("duplicates.possible", audit?.PossibleDuplicates.Count);
        _figures.Set("wrong-tenant", tally.Of(SinkFault.WrongTenant));
        _figures.Set("wrong-content", tally.Of(SinkFault.WrongContent));
        _figures.Set("out-of-order", tally.Of(SinkFault.Order));
        _figures.Set("dkim-bad", tally.Of(SinkFault.Dkim));
        _figures.Set("not-accepted", tally.Of(SinkFault.NotAccepted));
        _figures.Set("unmarked", tally.Of(SinkFault.Unmarked));
    }

    private void FillFlow(Generator generator)
    {
        var (latency, lag, wait) = (new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram());
        foreach (var sender in generator.Tallies) sender.AddTo(latency, lag);
        var name = generator.Flow.Name;
        var arrivals = context.Watch.Of(name);
        arrivals.AddTo(wait, sinceLook: false);
        _figures.Set($"{name}.accepted", generator.Count().Accepted);
        _figures.Set($"{name}.delivered", arrivals.Delivered);
        _figures.Set($"{name}.bounced", arrivals.Bounced);
        _figures.SetLatency($"{name}.latency", latency);
        _figures.Set($"{name}.latency.p999", latency.At(0.999));
        _figures.Set($"{name}.latency.max", latency.At(1));
        _figures.Set($"{name}.lag.p99", lag.At(0.99));
        _figures.SetLatency($"{name}.wait", wait);
        _figures.Set($"{name}.wait.max", wait.At(1));
    }

    /// <summary>
    /// From the instant at which the sink said the no that was counted last before it, to the pause; the slowest of the group.
    /// </summary>
    private void FillPause(string act, string group)
    {
        double? slowest = null;
        foreach (var tenant in context.Plan.Group(group))
        {
            if (audit?.Pauses.GetValueOrDefault(tenant.Number) is not { } pause) return;
            var bounces = context.Plan.FlowsOf(group).Select(f => context.Watch.Of(f.Name).BounceOf(pause.Lane, pause.Number));
            var bounced = bounces.FirstOrDefault(b => b is not null);
            if (bounced is not { } at) return;
            slowest = Math.Max(slowest ?? 0, (pause.At - at).TotalMilliseconds);
        }

        _figures.Set($"{act}.latency", slowest);
    }
}
