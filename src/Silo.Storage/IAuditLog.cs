namespace Silo.Storage;

/// <summary>
/// Who changed what. Records are added, and dropped by age; nothing alters one. A record is written before its change, and its result
/// afterwards as a row of its own: so no change is without a record, and a record without a result tells of a change that may hold.
/// </summary>
public interface IAuditLog
{
    /// <summary>Adds a record. Completes when it is on disk, with its number.</summary>
    ValueTask<long> Begin(AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>Adds the result of a record, once; a second one is ignored.</summary>
    ValueTask End(long id, AuditResult result, CancellationToken cancellationToken);

    /// <summary>Records from the newest to the oldest.</summary>
    /// <param name="filter">What is wanted.</param>
    /// <param name="pageSize">1 or more; a page holds 1,000 at the most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<Page<AuditRecord>> List(AuditFilter filter, int pageSize, CancellationToken cancellationToken);

    /// <summary>Drops records from before an instant, some thousands at the most. True when there may be more.</summary>
    ValueTask<bool> DropBefore(DateTimeOffset instant, CancellationToken cancellationToken);
}

/// <param name="RequestId">As the caller was told it.</param>
/// <param name="KeyId">The access key that the call was signed with.</param>
/// <param name="KeyKind">The number of its kind.</param>
/// <param name="Resource">An ARN or the like, null when the operation is about none.</param>
/// <param name="TenantName">Whom it is about, null for the account.</param>
/// <param name="Address">IP address of the caller.</param>
public sealed record AuditEntry(
    DateTimeOffset At, string RequestId, string KeyId, int KeyKind, string Operation, string? Resource, string? TenantName, string? Address);

/// <param name="Status">HTTP status of the answer.</param>
/// <param name="Error">The error's code; null when the call succeeded.</param>
public sealed record AuditResult(int Status, string? Error);

/// <param name="Id">Grows with time.</param>
/// <param name="Result">Null while the call runs, and for ever if its result could not be written.</param>
public sealed record AuditRecord(long Id, AuditEntry Entry, AuditResult? Result);

/// <summary>Null members do not filter.</summary>
public sealed record AuditFilter
{
    /// <summary>Only records with a smaller number.</summary>
    public long? BeforeId { get; init; }

    public string? KeyId { get; init; }

    public string? TenantName { get; init; }

    public string? Operation { get; init; }

    /// <summary>The first instant that counts.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The first instant that does not count any more.</summary>
    public DateTimeOffset? Until { get; init; }
}
