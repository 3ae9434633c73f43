using System.Globalization;

namespace Silo.Benchmarks.Cluster;

/// <param name="Program">The assembly of Silo.Orleans, built with -p:Orleans=true.</param>
/// <param name="Silos">Sizes of the cluster to measure, one after the other in each round.</param>
/// <param name="Messages">Of one round.</param>
internal sealed record ClusterBenchmarkOptions(string Program, int[] Silos, int Messages, int Rounds, int Tenants, int Connections)
{
    public const string Usage =
        "--program path/to/Silo.Orleans.dll [--silos 1,2,3] [--messages 30000] [--rounds 3] [--tenants 300] [--connections 48]";

    public static ClusterBenchmarkOptions Parse(string[] arguments) => new(
        Path.GetFullPath(Text(arguments, "--program", "src/Silo.Orleans/bin/Release/net10.0/Silo.Orleans.dll")),
        [.. Text(arguments, "--silos", "1,2,3").Split(',').Select(n => int.Parse(n, CultureInfo.InvariantCulture))],
        Number(arguments, "--messages", 30_000), Number(arguments, "--rounds", 3), Number(arguments, "--tenants", 300),
        Number(arguments, "--connections", 48));

    private static int Number(string[] arguments, string name, int otherwise) =>
        int.Parse(Text(arguments, name, $"{otherwise}"), NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    private static string Text(string[] arguments, string name, string otherwise)
    {
        var at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : otherwise;
    }
}
