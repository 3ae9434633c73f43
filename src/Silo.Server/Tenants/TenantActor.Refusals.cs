using Silo.Core.Delivery;
using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Tenants;

// A server that refuses a message may send a report of it as well: what it said itself is not told a second time.
public sealed partial class TenantActor
{
    /// <summary>What is known of the units that were refused for good; null when none was. Read before anything is taken.</summary>
    private async ValueTask<FeedbackNews?> ReadRefused(IReadOnlyList<Outcome> outcomes, CancellationToken cancellationToken)
    {
        DeliveryFeedback[] refused =
        [
            .. outcomes.Where(o => o.Envelope is not null && KindOf(o.Result.Kind) is not null).Select(o => new DeliveryFeedback(
                name, o.Envelope!.MessageId, o.Unit.Recipient, o.StartedAt ?? o.EndedAt, KindOf(o.Result.Kind)!.Value)),
        ];
        if (refused.Length == 0) return null;
        _feedback ??= new FeedbackMemory(Spool);
        return await _feedback.Read(_row!.TenantKey, refused, cancellationToken);
    }

    /// <summary>The marks alone: what the outcomes tell is in the facts.</summary>
    private IReadOnlyList<FeedbackMark>? Refused(FeedbackNews? read) => read is null ? null : _feedback!.Take(read).Marks;

    private static FeedbackKind? KindOf(DeliveryResultKind kind) => kind switch
    {
        DeliveryResultKind.HardBounce => FeedbackKind.HardBounce,
        DeliveryResultKind.SoftBounce => FeedbackKind.SoftBounce,
        DeliveryResultKind.Blocked => FeedbackKind.Blocked,
        _ => null,
    };
}
