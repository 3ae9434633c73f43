using Silo.Core.Delivery;

namespace Silo.Server.Delivery.Simulation;

/// <summary>
/// A way out that goes nowhere: the addresses of SES's mailbox simulator, and for everybody else rates per domain that are drawn from
/// a seed. It passes the gate as the other transports do.
/// </summary>
public sealed class SimulatorTransport : ITransport
{
    private const string Host = "simulator";

    private readonly SimulatorOptions _options;
    private readonly TimeProvider _time;
    private readonly DelayedFeedback _feedback;
    private readonly HashSet<string> _mailboxDomains;

    public SimulatorTransport(SimulatorOptions options, IFeedbackSink feedback, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _feedback = new DelayedFeedback(feedback, time, options.ComplaintDelay, options.MaxPendingComplaints);
        _mailboxDomains = new HashSet<string>(options.MailboxDomains, StringComparer.OrdinalIgnoreCase);
    }

    public async ValueTask<DeliveryResult> Deliver(HandOver handOver, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested || !handOver.TryBegin()) return DeliveryResult.NotStarted;
        handOver.Begun();
        var at = handOver.Recipient.LastIndexOf('@');
        var domain = handOver.Recipient[(at + 1)..].ToLowerInvariant();
        var simulated = _mailboxDomains.Contains(domain);
        var rates = simulated ? null : _options.ByDomain.GetValueOrDefault(domain, _options.Default);
        var fate = new SimulatedFate(_options.Seed, handOver.Envelope.MessageId, handOver.Recipient);
        if (rates is not null && !await Wait(Latency(rates, fate, handOver.Attempt), cancellationToken)) return Unfinished;
        if (!handOver.MayFinish()) return Unfinished;

        var outcome = rates is null
            ? SimulatedOutcomes.OfMailbox(handOver.Recipient[..Math.Max(at, 0)])
            : SimulatedOutcomes.Draw(rates, fate, handOver.Attempt);
        if (outcome.Complains) _feedback.Report(Complaint(handOver, simulated));
        return outcome.Result with { RemoteHost = Host, Simulated = simulated };
    }

    public ValueTask DisposeAsync() => _feedback.DisposeAsync();

    private static DeliveryResult Unfinished { get; } = DeliveryResult.NotStarted with { Stage = DeliveryStage.FinalDot };

    private static TimeSpan Latency(SimulatedDomain rates, SimulatedFate fate, int attempt)
    {
        var range = Math.Max(0, rates.MaxLatencyMs - rates.MinLatencyMs);
        return TimeSpan.FromMilliseconds(rates.MinLatencyMs + range * fate.Draw("latency", attempt));
    }

    private async ValueTask<bool> Wait(TimeSpan latency, CancellationToken cancellationToken)
    {
        if (latency <= TimeSpan.Zero) return true;
        await Task.Delay(latency, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !cancellationToken.IsCancellationRequested;
    }

    private DeliveryFeedback Complaint(HandOver handOver, bool simulated) => new(
        handOver.Envelope.TenantName, handOver.Envelope.MessageId, handOver.Recipient, _time.GetUtcNow(), FeedbackKind.Complaint)
    {
        ComplaintType = "abuse",
        Simulated = simulated,
        SendingDomain = Core.Messages.SendingDomain.Of(handOver.Envelope),
    };
}
