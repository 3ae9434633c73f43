using System.Globalization;
using System.Net;
using System.Text.Json;
using Silo.LoadTest.Doors;
using Silo.LoadTest.Marks;
using Silo.LoadTest.Scenarios;
using Silo.LoadTest.Servers;
using Silo.LoadTest.Sinks;
using Silo.LoadTest.Sinks.Accounting;
using Silo.LoadTest.Sinks.Feedback;
using Silo.LoadTest.Sinks.Providers;
using Silo.LoadTest.Sinks.Smtp;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Runs;

/// <summary>One run of a scenario, from the start of its server to its verdicts.</summary>
internal sealed class LoadRun(RunOptions options, IRunView view, TimeProvider time)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(30);

    private readonly Scenario _scenario = options.Scenario;
    private readonly LaneRegister _lanes = new();
    private readonly FigureBook _figures = new(options.Scenario);
    private readonly DateTimeOffset _began = time.GetUtcNow();

    /// <summary>Cancelled, it stops sending, and still counts and judges what was sent.</summary>
    public async Task<RunRecord> Run(CancellationToken stop)
    {
        // Of the clock, so that what is left of the run before is told apart.
        var run = (_began.UtcTicks / TimeSpan.TicksPerMillisecond).ToString("x", CultureInfo.InvariantCulture);
        var plan = new RunPlan(_scenario, run);
        var watch = new ArrivalWatch(_lanes, _scenario.Flows.Select(f => f.Name), time);
        var complaints = new IPEndPoint(IPAddress.Loopback, FreePort.Take());
        await using var feedback = options.Given is null && _scenario.Complains
            ? new ComplaintMail(complaints, OwnServerOptions.ComplaintAddress, time)
            : null;
        await using var sink = new SmtpSink(SinkOf(run, watch, feedback));
        options.OnSink?.Invoke(sink);
        await using var webhooks = await WebhookReceiver.Start(_scenario.Webhooks, time);
        view.Say($"run {run}: {_scenario.Name}; sink at {sink.Endpoint}");
        var own = options.Given is null ? await StartOwn(sink, feedback is null ? null : complaints, stop) : null;
        ILoadTarget target = own ?? (ILoadTarget)new GivenTarget(options.Given!);
        await using (target)
        {
            await using var api = new ApiClient(target, time);
            await using var doors = new DoorSet(target, time);
            var setup = new RunSetup(api, _scenario, plan);
            if (target.Api.Count > 0) await SetUp(setup, plan, webhooks, stop);
            if (options.Given is not null) await Probe(plan, doors, sink, stop);
            var generators = _scenario.Flows.Select((flow, i) => new Generator(
                plan.FlowOf(flow, options.Rate), doors.Of(flow.Door ?? options.Door), _lanes, run, HashCode.Combine(options.Seed, i),
                time)).ToArray();
            var context = new RunContext(_scenario, plan, target, own, api, sink, watch, generators, _figures, view, time);
            var acts = new ActRunner(context);
            var series = await Send(context, acts, stop);
            if (options.Given is { Keeps: false, Api.Count: > 0 }) await TakeAway(setup);
            var audit = own is null ? null : await End(own, run);
            Settle(context, sink, audit, webhooks);
            acts.Reckon();
            return Record(target, generators, series);
        }
    }

    private SinkOptions SinkOf(string run, ArrivalWatch watch, IFeedbackDoor? feedback) => new()
    {
        Run = run,
        Endpoint = options.SinkEndpoint,
        Checks = new SinkChecks
        {
            AuthorDomain = $"t{{tenant}}.{RunPlan.Domain}", Order = _scenario.Sink.ChecksOrder, DkimShare = _scenario.Sink.DkimShare,
        },
        Providers = new ProviderBook(ProviderBook.Read(JsonSerializer.SerializeToUtf8Bytes(_scenario.Sink.Providers)), options.Seed),
        OnArrival = watch.OnArrival,
        Feedback = feedback,
        Time = time,
    };

    private async Task<OwnServer> StartOwn(ISink sink, IPEndPoint? complaints, CancellationToken stop)
    {
        var server = await OwnServer.Start(
            new OwnServerOptions(
                options.Program, options.Silos, options.ConnectionString, _scenario.Server.Settings, _scenario.Server.DiskBytes,
                complaints),
            sink.Endpoint, time, stop);
        _figures.Set("server.start.seconds", server.StartTook.TotalSeconds);
        view.Say($"server at {server.Api[0].Authority}, SMTP at {server.Smtp!.Port}, after {server.StartTook.TotalSeconds:F1} s");
        return server;
    }

    private async Task SetUp(RunSetup setup, RunPlan plan, WebhookReceiver webhooks, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        var told = 0;
        await setup.Make(webhooks.UrlOf, made =>
        {
            if (made / 10_000 > Volatile.Read(ref told) && Interlocked.Exchange(ref told, made / 10_000) < made / 10_000)
                view.Say($"{made:N0} tenants");
        }, stop);
        var took = time.GetElapsedTime(began).TotalSeconds;
        _figures.Set("setup.seconds", took);
        view.Say($"{plan.Tenants.Count:N0} tenants after {took:F1} s");
    }

    /// <summary>
    /// One message to nobody first: recipients of the run have domains of real mailbox providers, and where the target's mail does not come
    /// to the sink of this run, none of theirs may leave.
    /// </summary>
    private async Task Probe(RunPlan plan, DoorSet doors, SmtpSink sink, CancellationToken stop)
    {
        var flow = _scenario.Flows[0];
        var probe = plan.FlowOf(flow, 1) with
        {
            Name = "probe", Arrivals = Arrivals.Flood, Burst = null, MaxMessages = 1, MaxTime = ProbeTime, Senders = 1,
            Fates = new Dictionary<LoadFate, double>(),
            Domains = new Dictionary<string, double> { ["recipient.example"] = 1 },
            Weights = [1, .. Enumerable.Repeat(0.0, plan.Group(flow.Tenants).Count - 1)],
        };
        var generator = new Generator(probe, doors.Of(flow.Door ?? options.Door), _lanes, plan.Run, options.Seed, time);
        await generator.Run(stop);
        var began = time.GetTimestamp();
        while (sink.Counts.Delivered == 0)
        {
            if (generator.Count().Accepted == 0)
                throw new InvalidOperationException($"The target does not take mail: {string.Join("; ", generator.Refusals)}");
            if (time.GetElapsedTime(began) > ProbeTime)
            {
                throw new InvalidOperationException(
                    $"A message that the target accepted did not come to the sink at {sink.Endpoint}, so nothing more is sent. Make the sink "
                    + "the relay of the target (Silo:Transport:Smtp), and let it listen where the target finds it (--sink-listen).");
            }

            await Task.Delay(LookInterval, time, stop);
        }
    }

    private async Task<IReadOnlyList<RunSeries>> Send(RunContext context, ActRunner acts, CancellationToken stop)
    {
        var sampler = new Sampler(context.Generators, context.Sink, context.Watch, context.Target, view, time);
        using var sampling = new CancellationTokenSource();
        using var acting = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var samples = sampler.Run(sampling.Token);
        var (began, cpu, ownCpu) = (time.GetTimestamp(), context.Target.Figures(), Environment.CpuUsage.TotalTime);
        var flows = _scenario.Flows.Zip(context.Generators).ToDictionary(
            f => f.First.Name, f => Later(f.First.From, f.Second, stop), StringComparer.Ordinal);
        var done = Task.WhenAll(_scenario.Acts.Select(a => acts.Run(a, flows, acting.Token)));
        // An act that fails is told when the rest has come to its end.
        await Task.WhenAll(flows.Values);
        var sent = time.GetElapsedTime(began).TotalSeconds;
        await done.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        view.Say("all is sent; waiting for what is still to leave");
        await Drain(context, stop);
        await sampling.CancelAsync();
        await samples;
        if (!stop.IsCancellationRequested) await done;
        var (counts, all) = (context.Count(), time.GetElapsedTime(began).TotalSeconds);
        _figures.Set("drain.seconds", all - sent);
        _figures.Set("accepted.rate", counts.Accepted / sent);
        _figures.Set("delivered.rate", context.Sink.Counts.Delivered / all);
        _figures.Set("queue.peak", sampler.QueuePeak);
        _figures.Set("server.memory.peak", sampler.MemoryPeak);
        _figures.Set("generator.cpu", (Environment.CpuUsage.TotalTime - ownCpu).TotalMicroseconds / counts.Accepted);
        if (context.Target.Figures() is var (used, _) && cpu is var (before, _))
            _figures.Set("server.cpu", (used - before) * 1e6 / counts.Accepted);
        if (context.Target.Runtime() is { } runtime) _figures.Set("server.gc.pause", runtime.PauseMilliseconds / all);
        return sampler.Series;
    }

    private async Task Later(TimeSpan from, Generator generator, CancellationToken stop)
    {
        await Task.Delay(from, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stop.IsCancellationRequested) await generator.Run(stop);
    }

    /// <summary>Until as much came out as went in, or nothing moves any more, or the time is up.</summary>
    private async Task Drain(RunContext context, CancellationToken stop)
    {
        var (began, moved) = (time.GetTimestamp(), time.GetTimestamp());
        var (last, accepted) = (-1L, context.Count().Accepted);
        while (time.GetElapsedTime(began) < _scenario.Drain && time.GetElapsedTime(moved) < _scenario.DrainQuiet)
        {
            if (stop.IsCancellationRequested) return;
            var counts = context.Sink.Counts;
            var ended = counts.Delivered + counts.HardBounced + counts.SoftBounced;
            if (ended >= accepted) return;
            if (ended != last) (last, moved) = (ended, time.GetTimestamp());
            await Task.Delay(LookInterval, time, CancellationToken.None);
        }
    }

    private async Task TakeAway(RunSetup setup)
    {
        if (await setup.Remove(CancellationToken.None) is > 0 and var left)
            view.Say($"{left:N0} tenants could not be deleted: they have mail queued");
    }

    private async Task<StoreAudit> End(OwnServer server, string run)
    {
        view.Say("the server is asked to end, and its store is read");
        var code = await server.Stop();
        _figures.Set("server.exit", code ?? -1);
        if (code != 0) view.Say($"the server ended with {code?.ToString(CultureInfo.InvariantCulture) ?? "SIGKILL"}:\n{server.Output}");
        return await StoreAudit.Read(server, run, CancellationToken.None);
    }

    private void Settle(RunContext context, SmtpSink sink, StoreAudit? audit, WebhookReceiver webhooks)
    {
        var tally = sink.Tally(
            SentBooksOf(audit), audit is null ? null : PossibleDuplicates.None with { Messages = audit.PossibleDuplicates });
        new Reckoning(context, tally, audit).Fill();
        foreach (var webhook in _scenario.Webhooks)
        {
            var (received, latency) = webhooks.Of(webhook.Name);
            _figures.Set($"{webhook.Name}.received", received);
            _figures.SetLatency($"{webhook.Name}.latency", latency);
        }

        foreach (var violation in tally.Violations)
            view.Say($"{violation.Fault}: {violation.Count:N0}, such as {string.Join("; ", violation.Examples.Take(3))}");
    }

    /// <summary>What must have arrived: what was accepted, less what the store still has or has ended for a reason.</summary>
    private SentBooks SentBooksOf(StoreAudit? audit)
    {
        var books = new SentBooks();
        foreach (var lane in _lanes.Lanes)
        {
            for (var number = 0L; number < lane.Offered; number++)
            {
                // One that is still queued may have been there before, as a possible duplicate: it may arrive or not.
                if (lane.IsDoubtful(number) || (lane.IsAccepted(number) && audit?.Kept.Contains((lane.Number, number)) == true))
                    books.Unknown(lane.Tenant.Number, lane.Number, number);
                else if (lane.IsAccepted(number)) books.Accepted(lane.Tenant.Number, lane.Number, number);
            }
        }

        return books;
    }

    private RunRecord Record(ILoadTarget target, IReadOnlyList<Generator> generators, IReadOnlyList<RunSeries> series)
    {
        foreach (var refusal in generators.SelectMany(g => g.Refusals).Distinct(StringComparer.Ordinal).Take(5))
            view.Say($"not accepted: {refusal}");
        return new RunRecord(
            1, _scenario.Name, _began, (time.GetUtcNow() - _began).TotalSeconds, options.Command, RunFacts.Of(target, options), series,
            _figures.All(), VerdictCheck.Of(_scenario, _figures, isOwn: options.Given is null));
    }
}
