using Xunit;

namespace Silo.Testing.Postgres;

/// <summary>A test that needs PostgreSQL: skipped with a reason on a machine without it, run (and failed) there when CI is set.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresSkip.Reason;
}

public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = PostgresSkip.Reason;
}

internal static class PostgresSkip
{
    public static string? Reason =>
        PostgresServer.IsAvailable || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"))
            ? null
            : "PostgreSQL is not installed (looked in /usr/lib/postgresql and on the path)";
}
