using System.Diagnostics.Metrics;
using Silo.Server.Hosting;

namespace Silo.Server.Events.Sending;

/// <summary>What an operator watches of notices, by kind of target.</summary>
internal sealed class PublishingMetrics
{
    private readonly Counter<long> _sent;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _disabled;
    private volatile IReadOnlyList<Backlog> _backlogs = [];

    public PublishingMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(SiloMetrics.MeterName);
        _sent = meter.CreateCounter<long>("silo.notices.sent", "{notice}", "Notices that an endpoint took.");
        _failed = meter.CreateCounter<long>("silo.notices.failed", "{attempt}", "Attempts to tell an endpoint that failed.");
        _dropped = meter.CreateCounter<long>("silo.notices.dropped", "{notice}", "Notices given up: too old, too many, or refused for good.");
        _disabled = meter.CreateCounter<long>("silo.destinations.disabled", "{destination}", "Event destinations that Silo disabled.");
        meter.CreateObservableGauge(
            "silo.notices.behind", () => _backlogs.Select(b => new Measurement<long>(b.Rows, Target(b.Target))), "{notice}",
            "Notices that wait behind a failure, as counted last.");
        meter.CreateObservableGauge(
            "silo.notices.oldest", () => _backlogs.Select(b => new Measurement<double>(b.OldestSeconds, Target(b.Target))), "s",
            "Age of the oldest notice that waits behind a failure.");
    }

    public void Sent(ScopedDestination destination, int notices) => _sent.Add(notices, Target(KindOf(destination)));

    public void Failed(ScopedDestination destination) => _failed.Add(1, Target(KindOf(destination)));

    public void Dropped(ScopedDestination destination, string why, long notices) =>
        _dropped.Add(notices, Target(KindOf(destination)), new("why", why));

    public void Disabled(ScopedDestination destination) => _disabled.Add(1, Target(KindOf(destination)));

    public void Behind(IReadOnlyList<Backlog> backlogs) => _backlogs = backlogs;

    /// <summary>A closed set, which dashboards rely on.</summary>
    public static string KindOf(ScopedDestination destination) => destination.Destination.Target switch
    {
        WebhookTarget => "webhook",
        SnsTarget => "sns",
        FirehoseTarget => "firehose",
        EventBridgeTarget => "eventbridge",
        _ => "cloudwatch",
    };

    private static KeyValuePair<string, object?> Target(string kind) => new("target", kind);

    internal sealed record Backlog(string Target, long Rows, double OldestSeconds);
}
