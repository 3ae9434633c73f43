using Silo.Core.Delivery;
using Silo.Core.Feedback;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Tenants;

// A server that refuses a message in the dialogue may send a report of it as well: it came back once. And a report may be of a copy that
// left while its reply was lost, and the unit is open.
public sealed partial class TenantActor
{
    /// <summary>
    /// What is known of units that are refused for good, are in doubt or were; null when none is. What comes of it is stored with their
    /// outcomes.
    /// </summary>
    private async ValueTask<EndedUnits?> ReadEnded(IReadOnlyList<Outcome> outcomes, CancellationToken cancellationToken)
    {
        var ended = outcomes.Where(o => o.Envelope is not null && !o.Result.Simulated).Select(o => (Outcome: o, End: EndOf(o)))
            .Where(e => e.End is not null).ToList();
        if (ended.Count == 0) return null;
        DeliveryFeedback[] units = [.. ended.Select(e => UnitOf(
            e.Outcome.Envelope!.MessageId, e.Outcome.Unit.Recipient, e.Outcome.StartedAt ?? e.Outcome.EndedAt))];
        _feedback ??= new FeedbackMemory(Spool);
        return new EndedUnits(
            [.. ended.Select(e => e.Outcome)], [.. ended.Select(e => e.End!.Value)],
            await _feedback.Read(_row!.TenantKey, units, cancellationToken));
    }

    private (Dictionary<Outcome, UnitFeedback>? Told, IReadOnlyList<FeedbackMark>? Marks) Follow(EndedUnits? ended)
    {
        if (ended is null) return default;
        var (before, marks) = _feedback!.Follow(ended.Read, ended.Ends);
        var told = new Dictionary<Outcome, UnitFeedback>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < before.Count; i++) told[ended.Outcomes[i]] = before[i];
        return (told, marks);
    }

    /// <summary>The fact of an outcome, with what reports of the unit have counted already or taken back too early.</summary>
    private static TenantEvent Following(Dictionary<Outcome, UnitFeedback>? told, Outcome outcome, TenantEvent fact)
    {
        if (told is null || !told.TryGetValue(outcome, out var before) || EndOf(outcome) == UnitEnd.Left) return fact;
        fact = fact with { Repeated = before.IsReturned && EndOf(outcome) == UnitEnd.Refused, Restores = before.TakenBack };
        // What keeps it back is the bounce of its other copy.
        return fact is { Repeated: true, Kind: TenantEventKind.Suppressed } ? fact with { Kind = TenantEventKind.HardBounced } : fact;
    }

    /// <summary>Units that were in hand when a process ended may have left, and are open: reports move none of them from here on.</summary>
    /// <param name="events">One for each unit; they are changed to what they are after what was told.</param>
    private async ValueTask<IReadOnlyList<FeedbackMark>> FollowCrash(List<TenantEvent> events, CancellationToken cancellationToken)
    {
        var known = Enumerable.Range(0, events.Count).Where(i => events[i].MessageId is not null).ToList();
        if (known.Count == 0) return [];
        _feedback ??= new FeedbackMemory(Spool);
        var read = await _feedback.Read(
            _row!.TenantKey, [.. known.Select(i => UnitOf(events[i].MessageId!, events[i].Recipient!, events[i].At))], cancellationToken);
        var (before, marks) = _feedback.Follow(read, [.. known.Select(_ => UnitEnd.InDoubt)]);
        for (var i = 0; i < known.Count; i++) events[known[i]] = events[known[i]] with { Restores = before[i].TakenBack };
        return marks;
    }

    private DeliveryFeedback UnitOf(string messageId, string recipient, DateTimeOffset at) =>
        new(name, messageId, recipient, at, FeedbackKind.HardBounce);

    /// <summary>Null for what says nothing of reports: they mean what they say.</summary>
    private static UnitEnd? EndOf(Outcome outcome) => outcome.Result.Kind switch
    {
        DeliveryResultKind.InDoubt => UnitEnd.InDoubt,
        DeliveryResultKind.NotStarted => outcome is { Unit.PossibleDuplicate: true, Result.KeptBackAs: not null } ? UnitEnd.Refused : null,
        DeliveryResultKind.Delivered or DeliveryResultKind.HandedOver => outcome.Unit.PossibleDuplicate ? UnitEnd.Left : null,
        var kind => IsRefusal(kind) ? UnitEnd.Refused : null,
    };

    private static bool IsRefusal(DeliveryResultKind kind) =>
        kind is DeliveryResultKind.HardBounce or DeliveryResultKind.SoftBounce or DeliveryResultKind.Blocked;

    private sealed record EndedUnits(IReadOnlyList<Outcome> Outcomes, IReadOnlyList<UnitEnd> Ends, FeedbackNews Read);
}
