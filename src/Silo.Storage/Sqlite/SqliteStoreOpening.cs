namespace Silo.Storage.Sqlite;

/// <summary>What came of opening a store: the store, or a reason that an operator can act on.</summary>
public abstract record SqliteStoreOpening
{
    private SqliteStoreOpening()
    {
    }

    /// <summary>The caller disposes the store.</summary>
    public sealed record Opened(ISiloStore Store) : SqliteStoreOpening;

    /// <param name="Message">One sentence for the operator.</param>
    public sealed record Refused(SqliteStoreRefusal Reason, string Message) : SqliteStoreOpening;
}

public enum SqliteStoreRefusal
{
    /// <summary>Another process, or another store of this one, holds the directory.</summary>
    DirectoryInUse,

    /// <summary>A later version of the program wrote the file.</summary>
    NewerSchema,

    /// <summary>A migration that was applied differs from the one that this program carries.</summary>
    ChangedMigration,

    /// <summary>The directory or the file cannot be used: no permission, no space, not a database, damaged.</summary>
    Unusable,
}
