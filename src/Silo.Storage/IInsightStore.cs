using Silo.Storage.Insights;

namespace Silo.Storage;

/// <summary>
/// What message insights are searched by: a row for each recipient of each message of the last days. The rows are made of the log of events,
/// behind it; how far that is done stands with them, so that each event counts once however a process ends. Rows lie in slices of the time of
/// acceptance, and within a slice by tenant; slices lie in a table for each day, which is dropped whole.
/// </summary>
public interface IInsightStore
{
    /// <summary>The position in the log up to which events are in the rows; 0 before the first.</summary>
    ValueTask<long> ReadPosition(CancellationToken cancellationToken);

    /// <summary>
    /// Adds and changes rows. To do it again changes nothing more, so that a batch may be written in parts. False, and nothing is changed, when
    /// the position is not <see cref="InsightBatch.From"/>: another silo was faster.
    /// </summary>
    ValueTask<bool> Write(InsightBatch batch, CancellationToken cancellationToken);

    /// <summary>
    /// Rows that match, those of the latest slice first; within a slice by tenant, then the newest first. Looks at a bounded number of rows:
    /// a page may be short or empty and yet have a next place.
    /// </summary>
    /// <param name="after">Null for the beginning.</param>
    /// <param name="limit">1 to 10,000.</param>
    ValueTask<InsightPage> Search(InsightQuery query, InsightPlace? after, int limit, CancellationToken cancellationToken);

    /// <summary>The rows of a message, by their numbers.</summary>
    /// <param name="tenantKey">Null for whosever it is.</param>
    ValueTask<IReadOnlyList<InsightRow>> Find(long acceptedMs, UInt128 message, long? tenantKey, CancellationToken cancellationToken);
}

/// <summary>A message, by what its id consists of (<see cref="Core.Messages.MessageIdFormat.TryParse"/>).</summary>
/// <param name="AcceptedMs">Milliseconds since 1970.</param>
public readonly record struct InsightKey(long TenantKey, long AcceptedMs, UInt128 Message);

/// <summary>A recipient of a message, as it is searched.</summary>
/// <param name="Number">0, 1, 2 … among the message's recipients.</param>
/// <param name="Recipients">How many the message has.</param>
/// <param name="Provider">Whose mailbox it is, as it was known at acceptance.</param>
/// <param name="Delivery">As <see cref="InsightEvents"/> has it.</param>
/// <param name="Engagement">As <see cref="InsightEvents"/> has it.</param>
/// <param name="Positions">Where its events stand in the log, those of the acceptance first; at least 200 of them.</param>
public sealed record InsightRow(
    InsightKey Key, int Number, int Recipients, string From, string Recipient, string Provider, string? Subject, string? SetName,
    int Delivery, int Engagement, IReadOnlyList<long> Positions);

/// <param name="Recipient">Null for all of the message.</param>
/// <param name="Positions">What is added.</param>
public sealed record InsightChange(InsightKey Key, string? Recipient, int Delivery, int Engagement, IReadOnlyList<long> Positions);

/// <param name="From">The position that must hold.</param>
/// <param name="Through">The position from then on; the same for a part of a batch that is not the last.</param>
/// <param name="Added">No two of one recipient.</param>
public sealed record InsightBatch(
    long From, long Through, IReadOnlyList<InsightRow> Added, IReadOnlyList<InsightChange> Changed);

/// <summary>Where a page ended.</summary>
/// <param name="Row">Null when it ended before the slice.</param>
public sealed record InsightPlace(long Slice, (InsightKey Key, int Number)? Row);

public sealed record InsightPage(IReadOnlyList<InsightRow> Rows, InsightPlace? Next);

/// <summary>Of all kinds of conditions that are given one must hold of each; of the exclusions none may.</summary>
/// <param name="FromMs">Accepted at or after, in milliseconds since 1970.</param>
/// <param name="UntilMs">Accepted before.</param>
/// <param name="TenantKeys">Null for all.</param>
public sealed record InsightQuery(long FromMs, long UntilMs, IReadOnlyList<long>? TenantKeys)
{
    public InsightFilter Include { get; init; } = new();

    public InsightFilter Exclude { get; init; } = new();
}

/// <summary>Texts compare ordinally, and * stands for any characters. An empty list is no condition.</summary>
public sealed record InsightFilter
{
    public IReadOnlyList<string> From { get; init; } = [];

    public IReadOnlyList<string> Recipient { get; init; } = [];

    public IReadOnlyList<string> Provider { get; init; } = [];

    /// <summary>A message without one has the empty text.</summary>
    public IReadOnlyList<string> Subject { get; init; } = [];

    /// <summary>A message without one has the empty text.</summary>
    public IReadOnlyList<string> SetName { get; init; } = [];

    public IReadOnlyList<int> Delivery { get; init; } = [];

    public IReadOnlyList<int> Engagement { get; init; } = [];

    /// <summary>By tenant keys; of exclusions alone.</summary>
    public IReadOnlyList<long> TenantKeys { get; init; } = [];
}
