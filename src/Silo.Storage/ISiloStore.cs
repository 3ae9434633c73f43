namespace Silo.Storage;

/// <summary>
/// Everything that must survive a crash. One engine per process: SQLite beside the program, or PostgreSQL. Both pass the same
/// contract tests.
/// </summary>
public interface ISiloStore : IAsyncDisposable
{
    ISpool Spool { get; }

    ITenantStore Tenants { get; }

    IEventLog Events { get; }

    IResourceStore Resources { get; }

    ISuppressionStore Suppressions { get; }

    INoticeStore Notices { get; }

    IRollUpStore RollUps { get; }

    IInsightStore Insights { get; }

    IExportStore Exports { get; }

    IAuditLog Audit { get; }

    IContactStore Contacts { get; }

    IOptOutStore OptOuts { get; }

    IOwnership Ownership { get; }

    IAddressStore Addresses { get; }

    /// <summary>
    /// False when the disk is nearly full, the last write failed, or too much waits to be written: nothing new is to be accepted.
    /// </summary>
    bool AcceptsWrites { get; }

    /// <summary>Why nothing new is to be accepted, as the end of a sentence; null while it is.</summary>
    string? WriteRefusal { get; }
}

/// <summary>A write whose outcome is unknown or that surely failed. State in memory that assumed it must be loaded again.</summary>
public sealed class StorageException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>One page of a list; <see cref="Next"/> is the key to go on from, or null at the end.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
