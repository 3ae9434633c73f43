using Silo.Storage;

namespace Silo.Server.Intake.Repeats;

/// <summary>Answers a repeated call as the first one was.</summary>
internal static class EarlierSends
{
    /// <summary>The answer to a call whose key was accepted before; null for a new one.</summary>
    /// <exception cref="StorageException">The store cannot be reached.</exception>
    public static async ValueTask<SendReply?> Find(ISpool spool, CallKey key, DateTimeOffset now, CancellationToken cancellationToken) =>
        await spool.FindSend(key.Key.Call, now, cancellationToken) is not { } earlier ? null
        : earlier.Content == key.Key.Content ? SendReply.Accepted(earlier.MessageId)
        : Conflict(key);

    /// <summary>
    /// What became of a write that is not known to be stored: the answer is the first one's, were it this call or another under its key.
    /// Null when nothing of it is stored, or that cannot be read now.
    /// </summary>
    public static async ValueTask<SendReply?> FindAfterFailure(
        ISpool spool, CallKey key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            return await Find(spool, key, now, cancellationToken);
        }
        catch (StorageException)
        {
            return null;
        }
    }

    public static SendReply Conflict(CallKey key) => SendReply.Refused(
        SendRefusal.Conflict, $"Idempotency-Key '{key.Name}' came with another request within the last {SendKey.Kept.TotalHours:0} hours.");
}
