using Orleans;
using Silo.Orleans.Intake;
using Silo.Server.Intake;
using Silo.Server.Tenants.Embedded;
using Silo.Storage;

namespace Silo.Orleans.Client;

/// <summary>Sends of a cluster client, taken in by a silo.</summary>
internal sealed class ClusterIntake(IGrainFactory grains) : IMessageIntake
{
    public async ValueTask<SendReply> Send(SendRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await grains.GetGrain<IIntakeGrain>(0).Send(request, cancellationToken);
        }
        catch (StorageException)
        {
            return SendReply.Refused(SendRefusal.Unavailable,
                "No silo answered, so that it is not known whether the message is stored. Try again later.");
        }
        catch (ActorBusyException)
        {
            return SendReply.Refused(SendRefusal.TooManyRequests, "Too many sends are waiting. Try again later.");
        }
    }
}
