using System.Globalization;
using Xunit;

namespace Silo.Core.Tests.Pacing;

public class PacingSimulationTests
{
    private static readonly int Seeds =
        int.Parse(Environment.GetEnvironmentVariable("SILO_SEEDS") ?? "2000", CultureInfo.InvariantCulture);

    [Fact]
    public void Whatever_happens_no_budget_is_exceeded_nothing_stands_idle_and_each_level_is_shared_by_weight()
    {
        var started = 0L;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var simulation = new PacingSimulation(seed);
            simulation.Run();
            started += simulation.Started;
        }

        Assert.True(started > Seeds * 100L, $"only {started} units started: the simulation shows nothing");
    }
}
