using System.Globalization;

namespace Silo.Benchmarks.Send;

/// <param name="Requests">SendEmail calls of one round.</param>
/// <param name="Connections">Each has one request under way.</param>
/// <param name="Rounds">Measured rounds of each server.</param>
/// <param name="WarmUpRounds">Rounds before them that do not count: compiling hot code takes the first 50,000 requests or so.</param>
/// <param name="Tenants">That the calls are spread over.</param>
internal sealed record SendBenchmarkOptions(int Requests, int Connections, int Rounds, int WarmUpRounds, int Tenants, int BodyBytes)
{
    public const string Usage =
        "[--requests 20000] [--connections 128] [--rounds 5] [--warm-up-rounds 3] [--tenants 16] [--body-bytes 4096]";

    public static SendBenchmarkOptions Parse(string[] arguments) => new(
        Number(arguments, "--requests", 20_000), Number(arguments, "--connections", 128), Number(arguments, "--rounds", 5),
        Number(arguments, "--warm-up-rounds", 3), Number(arguments, "--tenants", 16), Number(arguments, "--body-bytes", 4096));

    private static int Number(string[] arguments, string name, int otherwise)
    {
        var at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length
            ? int.Parse(arguments[at + 1], NumberStyles.AllowThousands, CultureInfo.InvariantCulture)
            : otherwise;
    }
}
