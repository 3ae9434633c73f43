using System.Text.Json.Nodes;
using Silo.LoadTest.Scenarios;

namespace Silo.LoadTest.Runs;

/// <summary>Does what a scenario does besides sending: kills the server, fills its disk, cancels a campaign, waits for a pause.</summary>
internal sealed class ActRunner(RunContext context)
{
    // Beyond this no server comes back.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

    private readonly List<Action> _reckonings = [];

    /// <param name="flows">Each ends when the flow of its name does; when all have, there is nothing to wait for any more.</param>
    public async Task Run(ActSpec act, IReadOnlyDictionary<string, Task> flows, CancellationToken cancellationToken)
    {
        var sending = Task.WhenAll(flows.Values);
        await Task.Delay(act.At, context.Time, cancellationToken);
        if (act.AfterFlow is { } before) await flows[before].WaitAsync(cancellationToken);
        context.View.Say($"{act.Name} ({MemberReader.NameOf(act.Kind)})");
        switch (act.Kind)
        {
            case ActKind.Kill or ActKind.Restart:
                await StartAgain(act, sending, cancellationToken);
                break;
            case ActKind.FillDisk:
                await FillDisk(act, sending, cancellationToken);
                break;
            case ActKind.Cancel:
                await Cancel(act, cancellationToken);
                break;
            case ActKind.Pause:
                await Pause(act, cancellationToken);
                break;
            case ActKind.WatchPause:
                await WatchPause(act, sending, cancellationToken);
                break;
            case ActKind.SetLimits:
                foreach (var tenant in context.Plan.Group(act.Tenants!))
                    await context.Api.Demand("PUT", $"/silo/v1/tenants/{tenant.Name}/limits", act.Limits, cancellationToken);
                break;
        }
    }

    /// <summary>What is known only when all mail has come or not.</summary>
    public void Reckon()
    {
        foreach (var reckoning in _reckonings) reckoning();
    }

    private async Task StartAgain(ActSpec act, Task sending, CancellationToken cancellationToken)
    {
        var server = context.Own ?? throw new InvalidOperationException($"{act.Name}: a server that is somebody's own is not stopped.");
        var began = context.Time.GetTimestamp();
        if (act.Kind == ActKind.Kill) await server.Kill();
        else if (await server.StopFirst() is not 0)
            throw new InvalidOperationException($"{act.Name}: the server did not end in order.\n{server.Output}");
        await Task.Delay(act.For, context.Time, cancellationToken);
        var before = context.Count().Accepted;
        await server.StartAgain(cancellationToken);
        await UntilAccepted(before, sending, cancellationToken);
        context.Figures.Set($"{act.Name}.recovery", context.Time.GetElapsedTime(began).TotalSeconds);
    }

    private async Task FillDisk(ActSpec act, Task sending, CancellationToken cancellationToken)
    {
        var disk = context.Own?.Disk ?? throw new InvalidOperationException($"{act.Name}: the scenario's server has no diskMiB.");
        var before = NotAccepted();
        disk.Fill(act.LeaveBytes);
        await Task.Delay(act.For, context.Time, cancellationToken);
        var (emptied, accepted) = (context.Time.GetTimestamp(), context.Count().Accepted);
        disk.Empty();
        await UntilAccepted(accepted, sending, cancellationToken);
        context.Figures.Set($"{act.Name}.recovery", context.Time.GetElapsedTime(emptied).TotalSeconds);
        context.Figures.Set($"{act.Name}.refused", NotAccepted() - before);

        long NotAccepted() => context.Count() is var counts ? counts.Deferred + counts.Retries : 0;
    }

    private async Task Cancel(ActSpec act, CancellationToken cancellationToken)
    {
        var flow = context.Scenario.Flows.First(f => f.Name == act.Flow);
        var (name, value) = flow.Tag!.Value;
        var order = new JsonObject
        {
            ["Action"] = "CANCEL", ["Cause"] = "A load test stops its campaign.",
            ["Filter"] = new JsonObject { ["TagName"] = name, ["TagValue"] = value },
        };
        await Acknowledge(
            act, flow.Name, flow.Tenants,
            tenant => context.Api.Demand("POST", $"/silo/v1/tenants/{tenant}/queue-orders", order.DeepClone(), cancellationToken));
    }

    private async Task Pause(ActSpec act, CancellationToken cancellationToken)
    {
        var status = new JsonObject { ["SendingStatus"] = "DISABLED", ["Origin"] = "PLATFORM", ["Cause"] = "A load test pauses it." };
        await Acknowledge(
            act, null, act.Tenants!,
            tenant => context.Api.Demand("PUT", $"/silo/v1/tenants/{tenant}/status", status.DeepClone(), cancellationToken));
    }

    /// <summary>From the acknowledgement on nothing of it may begin.</summary>
    private async Task Acknowledge(ActSpec act, string? flow, string group, Func<string, Task> order)
    {
        var (slowest, embargoes) = (TimeSpan.Zero, new List<Embargo>());
        foreach (var tenant in context.Plan.Group(group))
        {
            var began = context.Time.GetTimestamp();
            await order(tenant.Name);
            if (context.Time.GetElapsedTime(began) is var took && took > slowest) slowest = took;
            embargoes.Add(context.Watch.Forbid(flow, new HashSet<int> { tenant.Number }));
        }

        context.Figures.Set($"{act.Name}.ack", slowest.TotalMilliseconds);
        _reckonings.Add(() => context.Figures.Set($"{act.Name}.begun-after", embargoes.Sum(e => e.Broken)));
    }

    private async Task WatchPause(ActSpec act, Task sending, CancellationToken cancellationToken)
    {
        var tenants = context.Plan.Group(act.Tenants!);
        var embargoes = await Task.WhenAll(tenants.Select(async tenant =>
        {
            var began = context.Time.GetTimestamp();
            while (!(await context.Api.Call("GET", $"/silo/v1/tenants/{tenant.Name}/status", null, cancellationToken)).Body
                .Contains("\"SendingStatus\":\"DISABLED\"", StringComparison.Ordinal))
            {
                // What was sent last still has to leave and to come back.
                if (sending.IsCompleted && context.Time.GetElapsedTime(began) > Patience) return null;
                await Task.Delay(LookInterval, context.Time, cancellationToken);
            }

            return context.Watch.Forbid(null, new HashSet<int> { tenant.Number });
        }));
        _reckonings.Add(() =>
        {
            var flows = context.Plan.FlowsOf(act.Tenants!).Select(f => context.Watch.Of(f.Name)).ToArray();
            context.Figures.Set($"{act.Name}.bounced", flows.Sum(f => f.Bounced));
            context.Figures.Set($"{act.Name}.begun", flows.Sum(f => f.Begun));
            if (embargoes.All(e => e is not null)) context.Figures.Set($"{act.Name}.begun-after", embargoes.Sum(e => e!.Broken));
        });
    }

    private async Task UntilAccepted(long before, Task sending, CancellationToken cancellationToken)
    {
        var began = context.Time.GetTimestamp();
        while (context.Count().Accepted <= before && !sending.IsCompleted)
        {
            if (context.Time.GetElapsedTime(began) > Patience) throw new InvalidOperationException("The server takes no mail any more.");
            await Task.Delay(LookInterval, context.Time, cancellationToken);
        }
    }
}
