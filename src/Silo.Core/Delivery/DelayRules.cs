namespace Silo.Core.Delivery;

/// <summary>
/// Which delays a sender is told of. SES says what a DeliveryDelay event holds but not how often it comes; here it comes once for each kind
/// of delay that a delivery meets, so that ten attempts at a full mailbox are one event and not ten.
/// </summary>
public static class DelayRules
{
    /// <summary>
    /// A delivery that comes back sooner after its first attempt is not delayed: the shortest time that a deferral takes. A route that
    /// fails for a moment is nothing to tell.
    /// </summary>
    public static readonly TimeSpan ShortestDelay = RetrySchedule.FirstDelay;

    /// <summary>A delivery that waits for a budget is told of after this time.</summary>
    public static readonly TimeSpan LongestUntoldWait = TimeSpan.FromHours(1);

    private static readonly string[] SpamWords = ["unsolicited", "spam"];

    /// <summary>What kind of delay a hand-over that is tried again means; <see cref="DelayType.None"/> for one that is not.</summary>
    public static DelayType TypeOf(DeliveryResult result) => result.Kind switch
    {
        // A budget of the other side, and not a word about this mail.
        DeliveryResultKind.RouteFailed when IsBudgetOfTheOtherSide(result) => DelayType.SendingDeferral,
        // One way of many: the recipient's own server.
        DeliveryResultKind.RouteFailed when result is { RestsUntil: not null, Stage: < DeliveryStage.Mail } => Unreached(result),
        DeliveryResultKind.RouteFailed when result.Stage < DeliveryStage.Mail => DelayType.InternalFailure,
        DeliveryResultKind.RouteFailed or DeliveryResultKind.Deferred => PutOff(result),
        DeliveryResultKind.InDoubt => DelayType.TransientCommunicationFailure,
        _ => DelayType.None,
    };

    /// <summary>The way out takes no more for now by a limit of its own: no attempt, no lifetime.</summary>
    public static bool IsBudgetOfTheOtherSide(DeliveryResult result) =>
        result is { Kind: DeliveryResultKind.RouteFailed, DeferralScope: DeferralScope.SlowDown, RestsUntil: not null };

    /// <summary>The bit that stands for a kind of delay among those that were told.</summary>
    public static int BitOf(DelayType type) => type == DelayType.None ? 0 : 1 << (int)type;

    public static bool WasTold(int delaysTold, DelayType type) => (delaysTold & BitOf(type)) != 0;

    private static DelayType Unreached(DeliveryResult result) =>
        result.Reply is null ? DelayType.TransientCommunicationFailure : DelayType.RecipientServerError;

    private static DelayType PutOff(DeliveryResult result)
    {
        if (result.Reply is not { } reply) return DelayType.TransientCommunicationFailure;
        var detail = reply.EnhancedCode?.IndexOf('.') is { } dot and > 0 ? reply.EnhancedCode[(dot + 1)..] : null;
        if (detail == "2.2" || result.RuleName?.StartsWith("mailbox-full", StringComparison.Ordinal) == true) return DelayType.MailboxFull;
        // RFC 5321 4.2.3: 421 without a word about pace, 451 and 452 without a word about the mailbox: the server has trouble of its own.
        if (result.RuleName == "closing") return DelayType.RecipientServerError;
        if (result.DeferralScope == DeferralScope.SlowDown)
            return SpamWords.Any(w => ReplyMatcher.StartsAWord(reply.Text, w)) ? DelayType.SpamDetected : DelayType.IPFailure;
        if (detail?.StartsWith("4.", StringComparison.Ordinal) == true) return DelayType.TransientCommunicationFailure;
        // RFC 3463: 4.3.x is the mail system.
        if (detail?.StartsWith("3.", StringComparison.Ordinal) == true) return DelayType.RecipientServerError;
        return detail is null && reply.Code is 451 or 452 && result.RuleName != "greylisted"
            ? DelayType.RecipientServerError
            : DelayType.General;
    }
}
