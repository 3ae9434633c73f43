using Silo.Storage;

namespace Silo.Server.Events.Sending;

/// <summary>Goes over a page of notices, a POST's worth at a time, and past those that are not to be sent.</summary>
internal sealed class PublishingWalk(TurnOrder order, IReadOnlyList<StoredNotice> rows, RenderNotice render, DateTimeOffset horizon)
{
    private int _next;
    private long _through = order.Cursor;
    private int _sent;
    private int _tooOld;
    private long _tooMany;
    private bool _gaveUp;
    private StoredNotice? _head;

    public List<Notice> Batch { get; } = [];

    /// <summary>Up to here everything is done.</summary>
    public long Reached { get; private set; } = order.Cursor;

    public SendOutcome? Failure { get; private set; }

    /// <summary>The next notices for one POST; false at the end of the page.</summary>
    public bool Gather()
    {
        Batch.Clear();
        _head = null;
        if (_next == rows.Count) return false;
        var (most, bytes) = (order.IsCareful ? 1 : NoticeSender.BatchOf(order.Destination.Destination.Target), 0);
        for (; _next < rows.Count && Batch.Count < most; _next++)
        {
            var row = rows[_next];
            if (Wanted(row) is { } notice)
            {
                if (Batch.Count > 0 && NoticeSender.IsFull(bytes, notice)) break;
                bytes += notice.Record.Length;
                _head ??= row;
                Batch.Add(notice);
            }

            _through = row.Sequence;
            // What is passed over before anything is sent is done, whatever becomes of the rest.
            if (Batch.Count == 0) Reached = _through;
        }

        return true;
    }

    public void Take(SendOutcome outcome)
    {
        if (outcome is not SendOutcome.Taken)
        {
            Failure = outcome;
            return;
        }

        _sent += Batch.Count;
        Reached = _through;
    }

    public TurnEnd End(long cursor, bool isLost) => new(
        cursor, _sent, _tooOld + (order.Before?.TooOld ?? 0), _tooMany + (order.Before?.TooMany ?? 0), _gaveUp, Failure,
        Failure is null ? null : _head, HasMore: _next < rows.Count || rows.Count >= PublishingTurn.PageRows, isLost);

    private Notice? Wanted(StoredNotice row)
    {
        if (row.At < order.Destination.Destination.CreatedAt) return null;
        if (render(row, order.TenantName, order.TenantId, order.Destination) is not { } notice) return null;
        if (row.At < horizon)
        {
            _tooOld++;
            return null;
        }

        if (_next < order.Surplus)
        {
            _tooMany++;
            return null;
        }

        if (row.Sequence != order.GivenUp) return notice;
        _gaveUp = true;
        return null;
    }
}
