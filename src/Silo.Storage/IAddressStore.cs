namespace Silo.Storage;

/// <summary>
/// What the store holds of recipients outside the queue, for whoever has to erase one: rows of text that is opaque here, read in the order of
/// their places and put back changed. Everything else treats these rows as written once.
/// </summary>
public interface IAddressStore
{
    /// <summary>Tenants with queued or set-aside units for this recipient, whatever the case of its ASCII letters.</summary>
    ValueTask<IReadOnlyList<AddressedUnits>> FindUnits(string recipient, CancellationToken cancellationToken);

    /// <summary>Rows after the place, at most <paramref name="limit"/>; null begins, and fewer than asked for are the last.</summary>
    /// <param name="limit">1 or more.</param>
    ValueTask<IReadOnlyList<AddressRow>> Read(AddressTable table, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Marks an end behind everything that is stored or being stored by now. What is being stored may not be read yet, whatever comes later
    /// may: <see cref="IsSettled"/> says when all of it can be.
    /// </summary>
    ValueTask<string> MarkEnd(CancellationToken cancellationToken);

    /// <summary>Whether everything before the end is stored, or will never be: reads find all of it from then on.</summary>
    ValueTask<bool> IsSettled(string end, CancellationToken cancellationToken);

    /// <summary>
    /// Puts the text of rows in place of what they had, in one commit; with SQLite the old bytes are overwritten in the file. Rows that went
    /// meanwhile are left out. Returns how many were changed. Not for envelopes, which belong to mail that is under way.
    /// </summary>
    ValueTask<int> Replace(AddressTable table, IReadOnlyList<AddressRow> rows, CancellationToken cancellationToken);
}

/// <summary>Where recipients stand besides units, suppression lists and bodies.</summary>
public enum AddressTable
{
    /// <summary>Payloads of the log.</summary>
    Events,

    /// <summary>Payloads of notices that are not told yet.</summary>
    Notices,

    /// <summary>What notices tell of their messages.</summary>
    MessageFacts,

    /// <summary>What messages are searched by: recipient, sender and subject of a row, as an object of JSON.</summary>
    Insights,

    /// <summary>What calls were about, as the audit log names it.</summary>
    AuditResources,

    /// <summary>Envelopes of messages in the spool; read only.</summary>
    Envelopes,
}

/// <param name="Units">Queued, in hand or set aside.</param>
public sealed record AddressedUnits(long TenantKey, string TenantName, long Units);

/// <param name="Place">Of the row within its table, to go on after.</param>
/// <param name="TenantKey">0 where the row does not say.</param>
public sealed record AddressRow(string Place, long TenantKey, ReadOnlyMemory<byte> Text);
