namespace Silo.Server.Intake;

/// <summary>Takes sends, in this process or over the network.</summary>
public interface IMessageIntake
{
    /// <summary>
    /// Checks a send, composes its message and stores it. Completes when it is on disk; refusals are values. A send that ends in
    /// <see cref="SendRefusal.Unavailable"/> may have been stored all the same, if the connection broke on the way back.
    /// </summary>
    ValueTask<SendReply> Send(SendRequest request, CancellationToken cancellationToken);
}
