using Orleans;
using Orleans.Runtime;
using Silo.Server.Tenants.Embedded;
using Silo.Storage;

namespace Silo.Orleans.Hosting;

/// <summary>
/// Tells callers what failed in the words of <see cref="Server.Tenants.ITenant"/>: too much at once is <see cref="ActorBusyException"/>,
/// a silo that does not answer is a <see cref="StorageException"/>, whose outcome is unknown as well. So edges answer 429 and 503, and
/// never 500. Calls that Orleans makes for itself keep its own words: its directory tries again by them when a silo has gone.
/// </summary>
internal sealed class InfrastructureFailures : IOutgoingGrainCallFilter
{
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.Request.GetInterfaceType().Namespace?.StartsWith("Silo.", StringComparison.Ordinal) != true)
        {
            await context.Invoke();
            return;
        }

        // The request forgets it when it ends.
        var callers = context.Request.GetCancellationToken();
        try
        {
            await context.Invoke();
        }
        catch (Exception e) when (Translate(e, context, callers) is { } translated)
        {
            throw translated;
        }
    }

    private static Exception? Translate(Exception e, IOutgoingGrainCallContext context, CancellationToken callers) => e switch
    {
        GatewayTooBusyException or LimitExceededException or OrleansMessageRejectionException { InnerException: LimitExceededException } =>
            new ActorBusyException(context.TargetId.Key.ToString()!),
        // A rejection carries what kept the activation from coming to life.
        OrleansMessageRejectionException { InnerException: StorageException inner } => inner,
        TimeoutException => new StorageException($"{context.TargetId} did not answer in time.", e),
        // Silos unreachable, rejected calls, broken connections, clients without a gateway.
        OrleansException => new StorageException($"{context.TargetId} could not be reached: {e.Message}", e),
        // Given up over there. Whoever works in the background would take it for its own end.
        OperationCanceledException when !callers.IsCancellationRequested =>
            new StorageException($"{context.TargetId} gave the call up.", e),
        _ => null,
    };
}
