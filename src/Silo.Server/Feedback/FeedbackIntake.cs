using System.Diagnostics.Metrics;
using Silo.Server.Delivery;
using Silo.Server.Hosting;
using Silo.Server.Tenants;
using Silo.Server.Tenants.Embedded;
using Silo.Storage;

namespace Silo.Server.Feedback;

/// <summary>Where feedback came from, and what became of it: labels of the metric, so a small set.</summary>
internal enum FeedbackSource
{
    Smtp,
    Sns,
    EventBridge,
    Api,
}

/// <summary>
/// Brings feedback from outside to the tenants that own the messages and waits until it is stored there: whoever told it keeps it until
/// then.
/// </summary>
internal sealed partial class FeedbackIntake(ITenants tenants, IMeterFactory meters, ILogger<FeedbackIntake> logger)
{
    private readonly Counter<long> _received = meters.Create(SiloMetrics.MeterName)
        .CreateCounter<long>("silo.feedback.received", "{report}", "Reports from outside, by source and by what became of them.");

    /// <summary>False: the store or the tenant's owner cannot take it now; the same may be told again.</summary>
    public async ValueTask<bool> Store(FeedbackSource source, IReadOnlyList<DeliveryFeedback> feedback, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(feedback.GroupBy(f => f.TenantName, StringComparer.Ordinal)
                .Select(g => tenants.Get(g.Key).Report(g.ToArray(), cancellationToken).AsTask()));
            foreach (var piece in feedback) Count(source, piece.Kind.ToString());
            return true;
        }
        catch (Exception e) when (e is StorageException or ActorBusyException)
        {
            LogNotStored(source, feedback.Count, e);
            Count(source, "NotStored");
            return false;
        }
    }

    /// <summary>Something that changes nothing: no feedback, forged, of mail that nobody knows.</summary>
    public void Count(FeedbackSource source, string result) =>
        _received.Add(
            1, new KeyValuePair<string, object?>("source", source.ToString()), new KeyValuePair<string, object?>("result", result));

    [LoggerMessage(3003, LogLevel.Error,
        "{Pieces} pieces of feedback by {Source} could not be stored; whoever told them is asked to tell them again")]
    private partial void LogNotStored(FeedbackSource source, int pieces, Exception exception);
}
