using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.QueueControl;
using Silo.Storage;

namespace Silo.Server.Delivery;

/// <summary>
/// One walk over a tenant's whole queue, page by page, that brings it in line with the orders in force: cancels, holds, and lets go what is
/// held and no longer meant. The promise that nothing of it leaves is the gate's; this is the tidying up. Owned by the dispatcher's loop.
/// </summary>
internal sealed class QueueSift(SendingTerms terms)
{
    /// <summary>Units that are read, and stored, at a time.</summary>
    public const int PageSize = 1_000;

    /// <summary>The orders of this walk; others that came meanwhile make <see cref="Again"/>.</summary>
    public SendingTerms Terms { get; } = terms;

    public QueueCursor Cursor { get; set; }

    /// <summary>Not for orders but for mail that was due by then and waits: its senders are told. Null for orders.</summary>
    public DateTimeOffset? LateFrom { get; init; }

    /// <summary>With <see cref="LateFrom"/>: what they are told.</summary>
    public DelayType Delay { get; init; }

    /// <summary>Units that were settled since the present page was asked for: what it says of them may be of the past.</summary>
    public HashSet<long> Moved { get; } = [];

    /// <summary>A page that came while the window was being filled, and waits for that.</summary>
    public SiftedPage? Waiting { get; set; }

    /// <summary>Units of the present page that are being stored.</summary>
    public int InHand { get; set; }

    /// <summary>Some were on their way out, or moved: they are to be looked at once more.</summary>
    public bool Skipped { get; set; }

    /// <summary>Asked for anew while it was under way.</summary>
    public bool Again { get; set; }

    /// <summary>What the orders of this walk want of a unit; null for no order.</summary>
    public QueueAction? ActionFor(Tenants.SiftedUnit meant) =>
        QueueOrder.Find(Terms.Orders, meant.Envelope, meant.Unit.Recipient, meant.Unit.LeavesBy, meant.Unit.Provider)?.Action;

    /// <summary>Whether something is to be done about a unit.</summary>
    /// <param name="crashesBeforeSetAside">A unit with as many waits for a person, and is no order's to let go.</param>
    public static bool Means(SendingTerms terms, QueuedUnit unit, Envelope envelope, int crashesBeforeSetAside)
    {
        var isAside = unit.DueAt == DateTimeOffset.MaxValue;
        return QueueOrder.Find(terms.Orders, envelope, unit.Recipient, unit.LeavesBy, unit.Provider)?.Action switch
        {
            QueueAction.Cancel or QueueAction.Reroute => true,
            QueueAction.Hold => !isAside,
            _ => isAside && unit.Crashes < crashesBeforeSetAside,
        };
    }
}

/// <param name="Last">Where the page ends; null for the last one.</param>
/// <param name="Meant">Its units about which something is to be done.</param>
internal sealed record SiftedPage(QueueCursor? Last, IReadOnlyList<Tenants.SiftedUnit> Meant)
{
    /// <summary>Of a walk for late mail: up to where it was looked at.</summary>
    public QueueCursor End { get; init; }
}
