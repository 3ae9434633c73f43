using Silo.LoadTest.Scenarios;
using Silo.LoadTest.Servers;
using Silo.LoadTest.Sinks;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Runs;

/// <summary>What the parts of a run that is under way have in common.</summary>
/// <param name="Own">Null when the target is somebody's own.</param>
internal sealed record RunContext(
    Scenario Scenario, RunPlan Plan, ILoadTarget Target, OwnServer? Own, ApiClient Api, ISink Sink, ArrivalWatch Watch,
    IReadOnlyList<Generator> Generators, FigureBook Figures, IRunView View, TimeProvider Time)
{
    public FlowCounts Count() => Generators.Aggregate(default(FlowCounts), (sum, g) => sum + g.Count());
}
