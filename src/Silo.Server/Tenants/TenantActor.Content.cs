using Silo.Core.Messages;
using Silo.Core.Tenants;

namespace Silo.Server.Tenants;

// Mail that a content check rejects: accepted, told of, and never in a queue.
public sealed partial class TenantActor
{
    private static IEnumerable<TenantEvent> RejectionsOf(AdmitMessage message) => message.Rejected.Select(address => new TenantEvent
    {
        Kind = TenantEventKind.Rejected, At = message.Envelope.AcceptedAt, MessageId = message.Envelope.MessageId, Recipient = address,
        Diagnostic = ContentScore.BadContent,
    });

    /// <summary>A person may have to be asked about the tenant; what was put in line does not wait for that.</summary>
    private async ValueTask<long> AfterRejections(AdmitMessage message, long ticket, CancellationToken cancellationToken)
    {
        if (message.Rejected.Count == 0) return ticket;
        _hasNewRejects = true;
        if (IsTrustDue(Now)) await FollowTrust(Now, cancellationToken);
        return ticket;
    }
}
