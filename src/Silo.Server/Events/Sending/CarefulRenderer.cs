using Silo.Storage;

namespace Silo.Server.Events.Sending;

/// <summary>
/// Renders notices, and gives up one of which nothing can be made: it would be the same each time, and all behind it would wait for ever.
/// </summary>
internal sealed partial class CarefulRenderer(RenderNotice render, PublishingMetrics metrics, ILogger<CarefulRenderer> logger)
{
    public Notice? Render(StoredNotice stored, string tenantName, string tenantId, ScopedDestination destination)
    {
        try
        {
            return render(stored, tenantName, tenantId, destination);
        }
        catch (Exception e)
        {
            metrics.Dropped(destination, "unreadable", 1);
            LogUnreadable(e, stored.Sequence, tenantName, destination.ShownName);
            return null;
        }
    }

    [LoggerMessage(7012, LogLevel.Error, "Nothing can be made of event {Sequence} of tenant {TenantName}; {Destination} is not told of it")]
    private partial void LogUnreadable(Exception fault, long sequence, string tenantName, string destination);
}
