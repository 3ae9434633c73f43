using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Silo.Storage.Sqlite;

/// <summary>Tells the failure of one write (a bug of whoever made it) from the failure of the store.</summary>
internal static class SqliteFailure
{
    public static SqliteException Of(sqlite3 database, int result) =>
        new($"SQLite error {result}: {raw.sqlite3_errmsg(database).utf8_to_string()}", result & 0xff, raw.sqlite3_extended_errcode(database));

    /// <summary>The data was refused while the file is fine: the same batch without this write would commit.</summary>
    public static bool IsOfTheWriteAlone(Exception e) => e is not SqliteException failure
        || failure.SqliteErrorCode is raw.SQLITE_CONSTRAINT or raw.SQLITE_TOOBIG or raw.SQLITE_MISMATCH or raw.SQLITE_RANGE;
}
