namespace Silo.Server.Intake;

/// <summary>
/// Takes a send from any edge to disk: resolves what it uses, lets the tenant decide, composes the message once, and answers when
/// the message is stored.
/// </summary>
public sealed class MessageIntake
{
    /// <summary>Checks in the order of the service: tenant, associations, status, switches, template, identity, suppression.</summary>
    public ValueTask<SendReply> Send(SendRequest request, CancellationToken cancellationToken) =>
        throw new NotSupportedException(request.TenantName);
}
