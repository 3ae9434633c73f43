using System.Globalization;
using static Silo.Benchmarks.Cluster.ClusterArguments;

namespace Silo.Benchmarks.Cluster;

/// <param name="Program">The assembly of Silo.Orleans, built with -p:Orleans=true.</param>
/// <param name="Silos">Sizes of the cluster to measure, one after the other in each round.</param>
/// <param name="Messages">Of one round.</param>
/// <param name="Connections">To each silo: with as few for all of them together, three would store a third as much in each commit.</param>
/// <param name="WarmUp">Messages for each silo that go before and do not count: compiling hot code takes the first tens of thousands.</param>
internal sealed record ClusterBenchmarkOptions(string Program, int[] Silos, int Messages, int WarmUp, int Rounds, int Tenants, int Connections)
{
    public const string Usage =
        "--program path/to/Silo.Orleans.dll [--silos 1,2,3] [--messages 30000] [--warm-up 40000] [--rounds 3] [--tenants 300] "
        + "[--connections 48]";

    public static ClusterBenchmarkOptions Parse(string[] arguments) => new(
        ClusterArguments.Program(arguments),
        [.. Text(arguments, "--silos", "1,2,3").Split(',').Select(n => int.Parse(n, CultureInfo.InvariantCulture))],
        Number(arguments, "--messages", 30_000), Number(arguments, "--warm-up", 40_000), Number(arguments, "--rounds", 3),
        Number(arguments, "--tenants", 300), Number(arguments, "--connections", 48));
}
