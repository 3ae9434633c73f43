using Orleans;
using Orleans.Concurrency;
using Silo.Server.Intake;

namespace Silo.Orleans.Intake;

/// <summary>
/// The way in for cluster clients: on the silo that they are connected to, so that a body crosses to its tenant's owner from there.
/// </summary>
[Alias("silo.IIntakeGrain")]
public interface IIntakeGrain : IGrainWithIntegerKey
{
    [Alias("Send")]
    ValueTask<SendReply> Send(SendRequest request, CancellationToken cancellationToken);
}

/// <summary>As many at a time as there are cores compose side by side; each takes other sends while one waits for its tenant.</summary>
[StatelessWorker]
[Reentrant]
[GrainType("intake")]
internal sealed class IntakeGrain(MessageIntake intake) : Grain, IIntakeGrain
{
    public ValueTask<SendReply> Send(SendRequest request, CancellationToken cancellationToken) => intake.Send(request, cancellationToken);
}
