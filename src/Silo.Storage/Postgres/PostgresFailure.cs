using Npgsql;

namespace Silo.Storage.Postgres;

/// <summary>What a failure means for what was under way.</summary>
internal static class PostgresFailure
{
    private const string Ended = "SI001";
    private const string OutOfStep = "SI002";

    /// <summary>This incarnation was marked dead.</summary>
    public static bool IsFence(Exception e) => e is PostgresException { SqlState: Ended };

    /// <summary>The batch of this number was stored already, or one before it was not.</summary>
    public static bool IsOutOfStep(Exception e) => e is PostgresException { SqlState: OutOfStep };

    /// <summary>
    /// The database answered and rolled back, and would answer the same again: the data were refused. Everything else is the connection,
    /// the server, or another transaction in the way, and passes.
    /// </summary>
    public static bool IsOfTheData(Exception e) => e switch
    {
        PostgresException failure => !IsFence(e) && !IsOutOfStep(e) && !MayPass(failure),
        // What Npgsql could not send: text that is not Unicode.
        ArgumentException or InvalidCastException or OverflowException or NotSupportedException => true,
        _ => false,
    };

    /// <summary>Nothing of it was stored for certain; the connection is still good.</summary>
    public static bool IsRolledBack(Exception e) => e is PostgresException { InvariantSeverity: "ERROR" };

    public static bool IsReadOnly(Exception e) => e is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    private static bool MayPass(PostgresException failure) =>
        failure.InvariantSeverity != "ERROR"
        // Connection, read-only (a standby), rollback, resources, locks, operator, system, internal.
        || failure.SqlState[..2] is "08" or "25" or "40" or "53" or "55" or "57" or "58" or "XX";
}
