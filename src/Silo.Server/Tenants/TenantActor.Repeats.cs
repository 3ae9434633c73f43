using Silo.Server.Intake.Repeats;
using Silo.Storage;

namespace Silo.Server.Tenants;

// Sends that carry a key: the same call again is one send. All calls of a tenant come through its turn, from whichever silo.
public sealed partial class TenantActor
{
    private SendsInLine? _sends;

    /// <summary>The part of <see cref="Admit"/> that needs the tenant's turn: what is left is to wait for the disk.</summary>
    internal async ValueTask<(AdmissionRefusal? Refusal, long Ticket, string? EarlierId)> PutInLine(
        AdmitMessage message, CancellationToken cancellationToken)
    {
        if (message.Key is { } key && _sends?.Find(key.Call, Now) is { } earlier)
        {
            return earlier.Content == key.Content
                ? (null, earlier.Ticket, earlier.MessageId)
                : (new AdmissionRefusal(AdmissionResult.KeyInUse, Arn, []), 0, null);
        }

        var (refusal, ticket) = await TakeIn(message, cancellationToken);
        if (refusal is null && message.Key is { } taken) (_sends ??= new SendsInLine()).Add(taken, message.Envelope.MessageId, ticket, Now);
        return (refusal, ticket, null);
    }

    private static SendMark? MarkOf(AdmitMessage message) =>
        message.Key is { } key ? new SendMark(key, message.Envelope.MessageId, message.Envelope.AcceptedAt) : null;
}
