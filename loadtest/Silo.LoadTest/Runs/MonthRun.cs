using System.Globalization;
using System.Text.Json.Nodes;
using Silo.Core.WarmUp;
using Silo.LoadTest.Doors;
using Silo.LoadTest.Scenarios;
using Silo.LoadTest.Servers;
using Silo.LoadTest.Sinks;
using Silo.LoadTest.Sinks.Accounting;
using Silo.LoadTest.Sinks.Smtp;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Runs;

/// <summary>
/// A tenant warms up by a clock that leaps from hour to hour: each day brings mail, each hour lets its slice of the day's cap go, and what
/// leaves in it is counted at the sink.
/// </summary>
internal sealed class MonthRun(RunOptions options, IRunView view, TimeProvider time)
{
    private const int Senders = 8;
    private const int HoursPerDay = 24;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(1);

    // After so long without a delivery the rest of an hour's slice does not come any more.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Scenario _scenario = options.Scenario;
    private readonly MonthSpec _month = options.Scenario.Month!;
    private readonly LaneRegister _lanes = new();
    private readonly FigureBook _figures = new(options.Scenario);
    private readonly List<RunPoint> _sentByDay = [];
    private readonly List<RunPoint> _capByDay = [];
    private long _accepted;
    private long _counted;
    private long _over;
    private long _hoursOver;
    private long _could;

    public async Task<RunRecord> Run(CancellationToken stop)
    {
        var began = time.GetUtcNow();
        var run = (began.UtcTicks / TimeSpan.TicksPerMillisecond).ToString("x", CultureInfo.InvariantCulture);
        await using var sink = new SmtpSink(new SinkOptions
        {
            Run = run, Checks = new SinkChecks { AuthorDomain = $"t{{tenant}}.{RunPlan.Domain}", Order = false }, Time = time,
        });
        options.OnSink?.Invoke(sink);
        var clock = new LeapClock();
        await using var server = await LeapServer.Start(_scenario.Server.Settings, sink.Endpoint, clock, stop);
        view.Say($"run {run}: {_scenario.Name}; {_month.Days} days of {_month.DailyVolume:N0} messages");
        var flow = await SetUp(server, run, stop);
        var plan = _month.Caps.Count == 0 ? WarmUpPlan.Automatic : WarmUpPlan.Create(_month.Caps).Plan
            ?? throw new InvalidOperationException("month.caps must not fall from one day to the next");
        var days = await Play(server, sink, clock, flow, plan, stop);
        var audit = await StoreAudit.Read(server.Store, run, CancellationToken.None);
        Settle(sink, audit, days);
        return new RunRecord(
            1, _scenario.Name, began, (time.GetUtcNow() - began).TotalSeconds, options.Command, RunFacts.Of(server, options),
            [
                new RunSeries("sent", "throughput", "messages/day", _sentByDay),
                new RunSeries("cap", "throughput", "messages/day", _capByDay),
            ],
            _figures.All(), VerdictCheck.Of(_scenario, _figures));
    }

    private async Task<FlowPlan> SetUp(LeapServer server, string run, CancellationToken stop)
    {
        await using var api = new ApiClient(server, time);
        var (tenant, set) = ($"load-{run}-0", $"load-{run}");
        await api.Demand("POST", "/v2/email/identities", new JsonObject { ["EmailIdentity"] = RunPlan.Domain }, stop);
        await api.Demand("POST", "/v2/email/configuration-sets", new JsonObject { ["ConfigurationSetName"] = set }, stop);
        await api.Demand("POST", "/v2/email/tenants", new JsonObject { ["TenantName"] = tenant }, stop);
        foreach (var resource in new[] { $"identity/{RunPlan.Domain}", $"configuration-set/{set}" })
        {
            var association = new JsonObject { ["TenantName"] = tenant, ["ResourceArn"] = api.ArnOf(resource) };
            await api.Demand("POST", "/v2/email/tenants/resources", association, stop);
        }

        // Nothing but the warm-up is to hold mail.
        var limits = new JsonObject { ["SendRate"] = 1_000_000, ["SendBurst"] = 1_000_000 };
        await api.Demand("PUT", $"/silo/v1/tenants/{tenant}/limits", limits, stop);
        var warmUp = _month.Caps.Count == 0
            ? new JsonObject { ["Plan"] = "AUTOMATIC" }
            : new JsonObject { ["DailyCaps"] = new JsonArray([.. _month.Caps.Select(c => JsonValue.Create(c))]) };
        await api.Demand("PUT", $"/silo/v1/tenants/{tenant}/warm-up", warmUp, stop);
        return new FlowPlan
        {
            Name = "month", Tenants = [new LoadTenant(0, tenant)], Weights = [1], Arrivals = Arrivals.Flood,
            MaxMessages = _month.DailyVolume, MaxTime = TimeSpan.FromMinutes(10), Senders = Senders, Kinds = [new MessageKind(1024)],
            Domains = new Dictionary<string, double> { ["gmail.com"] = 1, ["recipient.example"] = 1 }, SenderDomain = RunPlan.Domain,
            ConfigurationSet = set, Retries = true,
        };
    }

    private async Task<int> Play(LeapServer server, SmtpSink sink, LeapClock clock, FlowPlan flow, WarmUpPlan plan, CancellationToken stop)
    {
        // The warm-up began when it was set; its hours are counted from then.
        var start = clock.GetUtcNow();
        for (var day = 0; day < _month.Days; day++)
        {
            if (stop.IsCancellationRequested) return day;
            await using var door = new SmtpDoor(server.Smtp!);
            var before = sink.Counts.Delivered;
            var generator = new Generator(flow, door, _lanes, sink.Options.Run, HashCode.Combine(options.Seed, day), time);
            await generator.Run(stop);
            _accepted += generator.Count().Accepted;
            for (var hour = 0; hour < HoursPerDay; hour++)
            {
                await PlayHour(server, sink, plan.CapFor(day), hour, stop);
                clock.LeapTo(start.AddHours((day * HoursPerDay) + hour + 1));
            }

            var sent = sink.Counts.Delivered - before;
            if (plan.CapFor(day) is { } cap)
            {
                _over += Math.Max(0, sent - cap);
                _capByDay.Add(new RunPoint(day, cap));
            }

            _sentByDay.Add(new RunPoint(day, sent));
            view.Say($"day {day + 1}: {sent:N0} left of {plan.CapFor(day)?.ToString("N0", CultureInfo.InvariantCulture) ?? "any number"}, "
                + $"{_accepted - sink.Counts.Delivered:N0} wait");
        }

        return _month.Days;
    }

    /// <summary>Waits until what may leave in this hour has left and nothing is under way, and counts it.</summary>
    private async Task PlayHour(LeapServer server, SmtpSink sink, long? cap, int hour, CancellationToken stop)
    {
        var (before, waiting) = (_counted, _accepted - _counted);
        var may = cap is { } known ? Math.Min(waiting, WarmUpSchedule.Slice(known, hour)) : waiting;
        var (last, moved) = (-1L, time.GetTimestamp());
        while (!stop.IsCancellationRequested && (sink.Counts.Delivered - before < may || !server.IsIdle))
        {
            if (sink.Counts.Delivered is var now && now != last) (last, moved) = (now, time.GetTimestamp());
            if (time.GetElapsedTime(moved) > Patience) break;
            await Task.Delay(LookInterval, time, CancellationToken.None);
        }

        _counted = sink.Counts.Delivered;
        _could += may;
        if (_counted - before > may) _hoursOver++;
    }

    private void Settle(SmtpSink sink, StoreAudit audit, int days)
    {
        var books = new SentBooks();
        foreach (var lane in _lanes.Lanes)
        {
            for (var number = 0L; number < lane.Offered; number++)
            {
                if (lane.IsAccepted(number) && !audit.Kept.Contains((lane.Number, number)))
                    books.Accepted(lane.Tenant.Number, lane.Number, number);
                else if (lane.IsAccepted(number) || lane.IsDoubtful(number)) books.Unknown(lane.Tenant.Number, lane.Number, number);
            }
        }

        var tally = sink.Tally(books, PossibleDuplicates.None with { Messages = audit.PossibleDuplicates });
        _figures.Set("accepted", _accepted);
        _figures.Set("delivered", tally.Delivered);
        _figures.Set("queued", audit.Queued);
        _figures.Set("lost", tally.Lost);
        _figures.Set("duplicates", tally.Again);
        _figures.Set("duplicates.unmarked", tally.Of(SinkFault.Duplicate));
        _figures.Set("wrong-tenant", tally.Of(SinkFault.WrongTenant));
        _figures.Set("month.days", days);
        _figures.Set("month.sent", tally.Delivered);
        _figures.Set("month.over", _over);
        _figures.Set("month.hours.over", _hoursOver);
        _figures.Set("month.use", _could == 0 ? null : (double)tally.Delivered / _could);
    }
}
