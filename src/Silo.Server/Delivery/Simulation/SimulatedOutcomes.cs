using Silo.Core.Delivery;

namespace Silo.Server.Delivery.Simulation;

internal readonly record struct SimulatedOutcome(DeliveryResult Result, bool Complains = false);

/// <summary>What the simulator answers, in the words of real servers.</summary>
internal static class SimulatedOutcomes
{
    private static readonly DeliveryResult Delivered = Result(DeliveryResultKind.Delivered, DeliveryStage.FinalDot,
        new SmtpReply(250, "2.0.0", "Ok: simulated"));

    private static readonly DeliveryResult NoSuchUser = Result(DeliveryResultKind.HardBounce, DeliveryStage.Recipient,
        new SmtpReply(550, "5.1.1", "user unknown (simulated)")) with { BounceSubType = BounceSubType.NoEmail };

    private static readonly DeliveryResult OnSuppressionList = Result(DeliveryResultKind.HardBounce, DeliveryStage.Recipient,
        new SmtpReply(550, "5.1.1", "Amazon SES has suppressed sending to this address (simulated)")) with
    {
        BounceSubType = BounceSubType.Suppressed,
    };

    private static readonly DeliveryResult Blocked = Result(DeliveryResultKind.Blocked, DeliveryStage.Recipient,
        new SmtpReply(550, "5.7.1", "blocked by policy (simulated)"));

    private static readonly DeliveryResult Deferred = Result(DeliveryResultKind.Deferred, DeliveryStage.Recipient,
        new SmtpReply(451, "4.3.0", "try again later (simulated)")) with { DeferralScope = DeferralScope.Recipient };

    /// <summary>
    /// SES's mailbox simulator (developer guide, "Using the mailbox simulator"). Other local parts have no mailbox there.
    /// </summary>
    public static SimulatedOutcome OfMailbox(string localPart)
    {
        var label = localPart.IndexOf('+');
        return (label < 0 ? localPart : localPart[..label]).ToLowerInvariant() switch
        {
            // The automatic reply to "ooto" goes to the sender by mail, and is no outcome of the delivery.
            "success" or "ooto" => new SimulatedOutcome(Delivered),
            "complaint" => new SimulatedOutcome(Delivered, Complains: true),
            "suppressionlist" => new SimulatedOutcome(OnSuppressionList),
            _ => new SimulatedOutcome(NoSuchUser),
        };
    }

    public static SimulatedOutcome Draw(SimulatedDomain rates, SimulatedFate fate, int attempt)
    {
        var drawn = fate.Draw("outcome");
        if (drawn < rates.BounceRate) return new SimulatedOutcome(NoSuchUser);
        if (drawn < rates.BounceRate + rates.BlockRate) return new SimulatedOutcome(Blocked);
        // The chance among those that neither bounce nor are blocked, so that the rate is one of all attempts.
        var rest = 1 - rates.BounceRate - rates.BlockRate;
        if (rest > 0 && fate.Draw("deferral", attempt) * rest < rates.DeferralRate) return new SimulatedOutcome(Deferred);
        return new SimulatedOutcome(Delivered, Complains: fate.Draw("complaint") < rates.ComplaintRate);
    }

    private static DeliveryResult Result(DeliveryResultKind kind, DeliveryStage stage, SmtpReply reply) =>
        new() { Kind = kind, Stage = stage, Reply = reply, Diagnostic = kind == DeliveryResultKind.Delivered ? null : reply.ToString() };
}
