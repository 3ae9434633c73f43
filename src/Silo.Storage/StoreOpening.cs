namespace Silo.Storage;

/// <summary>What came of opening a store: the store, or a reason that an operator can act on.</summary>
public abstract record StoreOpening
{
    private StoreOpening()
    {
    }

    /// <summary>The caller disposes the store.</summary>
    public sealed record Opened(ISiloStore Store) : StoreOpening;

    /// <param name="Message">One sentence for the operator.</param>
    public sealed record Refused(StoreRefusal Reason, string Message) : StoreOpening;
}

public enum StoreRefusal
{
    /// <summary>Another process, or another store of this one, holds the directory, or the database for itself alone.</summary>
    InUse,

    /// <summary>A later version of the program wrote it.</summary>
    NewerSchema,

    /// <summary>A migration that was applied differs from the one that this program carries.</summary>
    ChangedMigration,

    /// <summary>The directory, file or database cannot be used: not reached, no permission, no space, not a database, damaged.</summary>
    Unusable,

    /// <summary>The database server is set up such that what it has acknowledged may be lost.</summary>
    UnsafeSettings,
}
