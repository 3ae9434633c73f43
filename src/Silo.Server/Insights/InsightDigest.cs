using Silo.Core.Messages;
using Silo.Core.Suppression;
using Silo.Core.Tenants;
using Silo.Server.Events;
using Silo.Storage;
using Silo.Storage.Insights;

namespace Silo.Server.Insights;

/// <summary>Makes of events in the order of the log what they add to the rows of insights and change in them.</summary>
/// <param name="providerOf">Whose mailbox a recipient has.</param>
internal sealed class InsightDigest(Func<string, string> providerOf)
{
    private readonly Dictionary<InsightKey, Row[]> _added = [];
    private readonly Dictionary<(InsightKey Key, string? Recipient), Change> _changed = [];

    public void Add(StoredEvent stored)
    {
        if (!IsOfMail((TenantEventKind)stored.Kind)) return;
        var e = TenantEvent.FromPayload(stored.Sequence, stored.At, stored.Kind, stored.Payload.Span);
        if (!MessageIdFormat.TryParse(e.MessageId, out var acceptedMs, out var message)) return;
        var key = new InsightKey(stored.TenantKey, acceptedMs, message);
        if (e is { Kind: TenantEventKind.Accepted, Mail: { To.Count: > 0 } mail })
        {
            _added.TryAdd(key, [.. mail.To.Select((to, i) => new Row(mail, to, i, providerOf(to), stored.Position))]);
            return;
        }

        if (e.Kind == TenantEventKind.Accepted) return;
        if (!_added.TryGetValue(key, out var rows)) ChangeOf(key, e.Recipient).Take(e, stored.Position);
        else foreach (var row in rows.Where(r => r.IsAbout(e.Recipient))) row.Take(e, stored.Position);
    }

    /// <summary>All of it in parts of bounded size, of which the last moves the position.</summary>
    public IEnumerable<InsightBatch> Take(long from, long through, int rowsAtOnce)
    {
        // Near to each other in the store as well.
        List<InsightRow> added = [.. _added.SelectMany(m => m.Value.Select(r => r.ToRow(m.Key))).OrderBy(r => r.Key.TenantKey).ThenBy(r => r.Key.AcceptedMs)];
        List<InsightChange> changed = [.. _changed.Select(c => c.Value.ToChange(c.Key.Key, c.Key.Recipient)).OrderBy(c => c.Key.TenantKey)];
        foreach (var part in added.Chunk(rowsAtOnce)) yield return new InsightBatch(from, from, part, []);
        foreach (var part in changed.Chunk(rowsAtOnce)) yield return new InsightBatch(from, from, [], part);
        yield return new InsightBatch(from, through, [], []);
    }

    public static int DeliveryOf(TenantEvent e) => SesEventTypes.Of(e) switch
    {
        SesEventType.Delivery => InsightEvents.Delivery,
        SesEventType.Complaint => InsightEvents.Complaint,
        SesEventType.Bounce => IsPermanent(e) ? InsightEvents.PermanentBounce : InsightEvents.TransientBounce,
        _ => InsightEvents.Send,
    };

    public static int EngagementOf(TenantEvent e) => e.Kind switch
    {
        TenantEventKind.Opened => InsightEvents.Open,
        TenantEventKind.Clicked => InsightEvents.Click,
        _ => InsightEvents.None,
    };

    /// <summary>Of a bounce, as its record has it.</summary>
    public static bool IsPermanent(TenantEvent e) => e.Kind == TenantEventKind.HardBounced
        || (e.Kind == TenantEventKind.Suppressed && e.ListedFor != SuppressionReason.Complaint);

    private static bool IsOfMail(TenantEventKind kind) =>
        kind is (>= TenantEventKind.Accepted and <= TenantEventKind.Unsubscribed) or TenantEventKind.PreferencesChanged;

    private Change ChangeOf(InsightKey key, string? recipient)
    {
        if (!_changed.TryGetValue((key, recipient), out var change)) _changed.Add((key, recipient), change = new Change());
        return change;
    }

    private class Change
    {
        public int Delivery { get; protected set; }

        public int Engagement { get; protected set; }

        public List<long> Positions { get; } = [];

        public virtual void Take(TenantEvent e, long position)
        {
            Delivery = InsightEvents.MergeDelivery(Delivery, DeliveryOf(e));
            Engagement = Math.Max(Engagement, EngagementOf(e));
            Positions.Add(position);
        }

        public InsightChange ToChange(InsightKey key, string? recipient) => new(key, recipient, Delivery, Engagement, Positions);
    }

    private sealed class Row : Change
    {
        private readonly AcceptedMail _mail;
        private readonly string _recipient;
        private readonly int _number;
        private readonly string _provider;

        public Row(AcceptedMail mail, string recipient, int number, string provider, long position)
        {
            (_mail, _recipient, _number, _provider) = (mail, recipient, number, provider);
            Positions.Add(position);
        }

        public bool IsAbout(string? recipient) => recipient is null || _mail.To.Count == 1 || recipient == _recipient;

        // An open of which nobody knows by whom is an event of all, and says nothing of one of several.
        public override void Take(TenantEvent e, long position)
        {
            if (e.Recipient is null && _mail.To.Count > 1) Positions.Add(position);
            else base.Take(e, position);
        }

        public InsightRow ToRow(InsightKey key) => new(
            key, _number, _mail.To.Count, _mail.From, _recipient, _provider, _mail.Subject, _mail.Set, Delivery, Engagement, Positions);
    }
}
