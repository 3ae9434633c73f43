using Silo.LoadTest.Scenarios;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Runs;

/// <summary>
/// A scenario with the names that it has in one run: of tenants, configuration sets, and flows with all that belongs to them.
/// </summary>
internal sealed class RunPlan
{
    /// <summary>The identity of all tenants; tenant 17 writes as t17 below it.</summary>
    public const string Domain = "load.example";

    private readonly Dictionary<string, LoadTenant[]> _groups;
    private readonly Scenario _scenario;

    public RunPlan(Scenario scenario, string run)
    {
        (_scenario, Run) = (scenario, run);
        var number = 0;
        _groups = scenario.Tenants.ToDictionary(
            g => g.Name, g => Enumerable.Range(0, g.Count).Select(_ => new LoadTenant(number, $"load-{run}-{number++}")).ToArray());
        Tenants = [.. scenario.Tenants.SelectMany(g => _groups[g.Name])];
    }

    public string Run { get; }

    public IReadOnlyList<LoadTenant> Tenants { get; }

    public IReadOnlyList<LoadTenant> Group(string name) => _groups[name];

    /// <summary>Streams and webhooks are the configuration set's.</summary>
    public string ConfigurationSetOf(FlowSpec flow) =>
        $"load-{Run}-{MemberReader.NameOf(flow.Stream)}{(flow.Webhook is { } webhook ? "-" + webhook : "")}";

    /// <param name="rate">Times the scenario's own.</param>
    public FlowPlan FlowOf(FlowSpec flow, double rate)
    {
        var tenants = Group(flow.Tenants);
        return new FlowPlan
        {
            Name = flow.Name,
            Tenants = tenants,
            Weights = TenantMix.Zipf(tenants.Count, flow.Zipf),
            Arrivals = flow.Arrivals,
            Rate = flow.Rate * rate,
            Burst = flow.Burst,
            MaxMessages = flow.Messages,
            MaxTime = flow.Time,
            Senders = flow.Senders,
            Kinds = flow.Kinds,
            Domains = flow.Domains,
            Fates = flow.Fates,
            SenderDomain = Domain,
            ConfigurationSet = ConfigurationSetOf(flow),
            Tag = flow.Tag,
            Retries = flow.Retries,
        };
    }

    public IEnumerable<FlowSpec> FlowsOf(string group) => _scenario.Flows.Where(f => f.Tenants == group);
}
