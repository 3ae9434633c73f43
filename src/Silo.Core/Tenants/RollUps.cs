using Silo.Core.Messages;
using Silo.Core.Metrics;
using Silo.Core.Reputation;

namespace Silo.Core.Tenants;

/// <summary>
/// What a tenant's events since its last snapshot add to its counts by identity, configuration set, provider and hour. Written with the
/// next snapshot: the events behind a snapshot make them again, so that each counts once however a process ends. Mutable, owned by one
/// actor; it holds no more rows than events between two snapshots.
/// </summary>
public sealed class RollUps
{
    // As a sender seldom has so many; who has names them more often.
    private const int MaxKnownScopes = 256;

    private readonly Dictionary<RollUpKey, int[]> _rows = [];
    private readonly Dictionary<int, MailScope> _named = [];
    private readonly HashSet<int> _known = [];

    /// <summary>When the oldest of them happened; null when there is nothing.</summary>
    public DateTimeOffset? Since { get; private set; }

    /// <summary>The names of this scope were told since this began, and need not be told again.</summary>
    public bool Knows(int scope) => _known.Contains(scope);

    public void Add(TenantEvent e)
    {
        var scope = MessageIdFormat.ScopeOf(e.MessageId);
        if (e.Scope is { } names && scope != 0) Name(scope, names);
        if (CountedFact.Of(e) is { } counted)
        {
            var counts = RowOf(new RollUpKey(RollUpKey.HourOf(counted.SentAt), scope, counted.Provider ?? ""), e.At);
            if (counted.Restored is { } again) Count(counts, again, 1, e.FeedbackLoop);
            if (counted.TakenBack is { } before) Count(counts, before, -1, e.FeedbackLoop);
            if (counted.Added is { } fact) Count(counts, fact, counted.TakenBack is null ? e.Units : 1, e.FeedbackLoop);
        }

        if (CountedMetric.Of(e) is { } metric) metric.AddTo(RowOf(new RollUpKey(metric.Hour, scope, metric.Provider), e.At));
    }

    /// <summary>All of them, in the order of their keys; nothing is left. Null when there is nothing.</summary>
    public RollUpChanges? Take()
    {
        if (Since is null) return null;
        var changes = new RollUpChanges(
            [.. _named.OrderBy(n => n.Key)],
            [.. _rows.OrderBy(r => r.Key.Hour).ThenBy(r => r.Key.Scope).ThenBy(r => r.Key.Provider, StringComparer.Ordinal)
                .Select(r => new RollUpRow(r.Key, r.Value))]);
        _rows.Clear();
        _named.Clear();
        Since = null;
        return changes;
    }

    private void Name(int scope, MailScope names)
    {
        if (_known.Count == MaxKnownScopes) _known.Clear();
        if (_known.Add(scope)) _named.TryAdd(scope, names);
    }

    private int[] RowOf(RollUpKey key, DateTimeOffset at)
    {
        Since ??= at;
        if (!_rows.TryGetValue(key, out var counts)) _rows.Add(key, counts = new int[RollUpRow.Columns]);
        return counts;
    }

    private static void Count(int[] counts, ReputationFact fact, int count, bool feedbackLoop)
    {
        counts[(int)fact] += count;
        if (feedbackLoop && fact is ReputationFact.Delivered or ReputationFact.HandedOver) counts[RollUpRow.FeedbackLoopDelivered] += count;
    }
}

/// <param name="Scopes">The names of scopes by their numbers; those that are stored already stay as they are.</param>
/// <param name="Rows">To be added to what is stored.</param>
public sealed record RollUpChanges(IReadOnlyList<KeyValuePair<int, MailScope>> Scopes, IReadOnlyList<RollUpRow> Rows);
