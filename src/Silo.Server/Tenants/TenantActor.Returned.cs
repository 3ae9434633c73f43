using Silo.Core.Delivery;
using Silo.Server.Delivery;

namespace Silo.Server.Tenants;

// A server that refuses a message in the dialogue may send a report of it as well: it came back once.
public sealed partial class TenantActor
{
    /// <summary>What is known of units that are refused for good; null when none is. What comes of it is stored with their outcomes.</summary>
    private async ValueTask<FeedbackNews?> ReadRefused(IReadOnlyList<Outcome> outcomes, CancellationToken cancellationToken)
    {
        DeliveryFeedback[] refused =
        [
            .. outcomes.Where(o => o.Envelope is not null && !o.Result.Simulated && IsRefusal(o.Result.Kind)).Select(o => new DeliveryFeedback(
                name, o.Envelope!.MessageId, o.Unit.Recipient, o.StartedAt ?? o.EndedAt, FeedbackKind.HardBounce)),
        ];
        if (refused.Length == 0) return null;
        _feedback ??= new FeedbackMemory(Spool);
        return await _feedback.Read(_row!.TenantKey, refused, cancellationToken);
    }

    private static bool IsRefusal(DeliveryResultKind kind) =>
        kind is DeliveryResultKind.HardBounce or DeliveryResultKind.SoftBounce or DeliveryResultKind.Blocked;
}
