using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.Events;

/// <summary>Makes of a stored notice what a destination gets. Pure.</summary>
public sealed class NoticeRenderer(Arns arns)
{
    /// <summary>Null when the destination does not ask for it, or is one of another configuration set.</summary>
    public Notice? Render(StoredNotice stored, string tenantName, string tenantId, ScopedDestination destination) =>
        throw new NotSupportedException($"{arns} {stored} {tenantName} {tenantId} {destination}");
}
