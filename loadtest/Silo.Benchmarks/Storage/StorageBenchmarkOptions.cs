using System.Globalization;

namespace Silo.Benchmarks.Storage;

/// <param name="Tenants">Drawn by Zipf's law with exponent 1.</param>
/// <param name="Messages">Whole cycles to run, at most.</param>
/// <param name="Seconds">Time after which to stop, at most.</param>
/// <param name="InFlight">Messages between append and removal.</param>
/// <param name="Backlog">Messages that lie in the queue throughout.</param>
/// <param name="WithoutDueIndex">Drops the index on due times first, to see what it costs. SQLite only.</param>
/// <param name="Postgres">
/// On PostgreSQL instead of SQLite: a connection string to an empty database, or "own" for a server started for the run.
/// </param>
internal sealed record StorageBenchmarkOptions(
    int Tenants, int Messages, int Seconds, int InFlight, int Backlog, int BodyBytes, int Seed, bool WithoutDueIndex, string? Directory,
    string? Postgres)
{
    public const string Usage =
        "[--tenants 30000] [--messages 200000] [--seconds 60] [--in-flight 4000] [--backlog 0] [--body-bytes 4096] [--seed 1] " +
        "[--without-due-index] [--directory PATH] [--postgres own|CONNECTION-STRING]";

    public static StorageBenchmarkOptions Parse(string[] arguments) => new(
        Number(arguments, "--tenants", 30_000), Number(arguments, "--messages", 200_000), Number(arguments, "--seconds", 60),
        Number(arguments, "--in-flight", 4_000), Number(arguments, "--backlog", 0), Number(arguments, "--body-bytes", 4096),
        Number(arguments, "--seed", 1), arguments.Contains("--without-due-index"), Text(arguments, "--directory"),
        Text(arguments, "--postgres"));

    private static int Number(string[] arguments, string name, int otherwise) =>
        Text(arguments, name) is { } text ? int.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : otherwise;

    private static string? Text(string[] arguments, string name)
    {
        var at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;
    }
}
