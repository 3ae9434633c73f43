using System.Text.RegularExpressions;
using Silo.Core.Delivery;

namespace Silo.Server.Delivery.Ses;

/// <summary>What an answer of SES means beyond the one unit.</summary>
internal enum SesEffect
{
    None,

    /// <summary>Taken: proof for the pace.</summary>
    Accepted,

    /// <summary>The account sends too fast.</summary>
    SlowDown,

    /// <summary>The account's 24 hours are used up.</summary>
    QuotaUsedUp,

    /// <summary>The keys were refused; they may have been replaced where they come from.</summary>
    KeysRefused,

    /// <summary>Something there is not set up as it must be: a person has to look.</summary>
    Misconfigured,
}

/// <summary>
/// The one table from answers of SendEmail to results (sending-rules 2 and 8): whose fault is it. What is about us, the account, its
/// set-up or something unknown never bounces a recipient.
/// </summary>
internal static partial class SesResults
{
    private static readonly HashSet<string> KeyCodes = new(StringComparer.OrdinalIgnoreCase)
    {
        "InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId",
        "ExpiredTokenException", "ExpiredToken", "MissingAuthenticationTokenException", "MissingAuthenticationToken",
        "IncompleteSignatureException", "IncompleteSignature", "RequestTimeTooSkewed", "RequestExpired", "AuthFailure", "OptInRequired",
    };

    private static readonly HashSet<string> ThrottleCodes = new(StringComparer.OrdinalIgnoreCase)
    {
        "TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded", "SlowDown",
    };

    public static (DeliveryResult Result, SesEffect Effect) Of(SesReply reply, string recipient) => reply.Status switch
    {
        >= 200 and < 300 => Taken(reply),
        >= 500 => (Result(reply, DeliveryResultKind.InDoubt, DeliveryStage.FinalDot), reply.Status == 503 ? SesEffect.SlowDown : SesEffect.None),
        _ when KeyCodes.Contains(reply.Code) => (Result(reply, DeliveryResultKind.RouteFailed, DeliveryStage.Authenticate), SesEffect.KeysRefused),
        429 => Throttled(reply),
        _ when ThrottleCodes.Contains(reply.Code) => Throttled(reply),
        413 => (Bounce(reply, DeliveryResultKind.SoftBounce, BounceSubType.MessageTooLarge), SesEffect.None),
        // A path or a method that the server does not know, a proxy that wants a password, a page of something else.
        401 or 405 or 407 or < 400 => NotSes(reply),
        404 when reply.Code is "" or "UnknownOperationException" => NotSes(reply),
        400 => BadRequest(reply, recipient),
        _ => Parked(reply),
    };

    /// <summary>Also of a call whose answer never came: the message may be there.</summary>
    public static DeliveryResult InDoubt(string what) => new()
    {
        Kind = DeliveryResultKind.InDoubt, Stage = DeliveryStage.FinalDot,
        Diagnostic = what + " The message had been written, so SES may have it.",
    };

    /// <summary>Addresses in texts that reach the log keep their domain only.</summary>
    public static string WithoutAddresses(string text) => Address().Replace(text, "…@$1");

    private static (DeliveryResult, SesEffect) Taken(SesReply reply) => reply is { Status: 200, MessageId: { } id }
        ? (new DeliveryResult { Kind = DeliveryResultKind.HandedOver, Stage = DeliveryStage.FinalDot, RemoteId = id }, SesEffect.Accepted)
        // Yes, but from whom? Not to be taken for sent, and not for unsent either.
        : (InDoubt($"SES answered {reply.Status} without a message id."), SesEffect.None);

    private static (DeliveryResult, SesEffect) Throttled(SesReply reply)
    {
        var result = Result(reply, DeliveryResultKind.RouteFailed, DeliveryStage.Mail) with { DeferralScope = DeferralScope.SlowDown };
        // A limit of one tenant there must not slow down the others here.
        if (Says(reply, "tenant")) return (result, SesEffect.None);
        return (result, Says(reply, "daily message quota") ? SesEffect.QuotaUsedUp : SesEffect.SlowDown);
    }

    private static (DeliveryResult, SesEffect) BadRequest(SesReply reply, string recipient) => reply.Code switch
    {
        "LimitExceededException" => Throttled(reply) is var (result, effect) && effect == SesEffect.SlowDown && !Says(reply, "rate")
            ? (result, SesEffect.None)
            : (result, effect),
        "AccountSuspendedException" or "AccountSendingPausedException" => Suspended(reply),
        // The switch of one configuration set there is not the tenant's standing.
        "SendingPausedException" => Says(reply, "configuration set") ? Parked(reply) : Suspended(reply),
        "MessageRejected" or "MessageRejectedException" => Rejected(reply),
        "BadRequestException" or "ValidationException" or "InvalidParameterValue" or "SerializationException" => Content(reply, recipient),
        _ => Parked(reply),
    };

    private static (DeliveryResult, SesEffect) Rejected(SesReply reply)
    {
        if (Says(reply, "sending disabled") || Says(reply, "sending paused")) return Suspended(reply);
        // An identity that is not verified is the set-up's fault; without a text there is nothing to bounce for.
        if (Says(reply, "not verified") || Says(reply, "identities failed") || reply.Text.Length == 0) return Parked(reply);
        if (!Says(reply, "suppress")) return (Bounce(reply, DeliveryResultKind.SoftBounce, BounceSubType.ContentRejected), SesEffect.None);
        // The lists of account and tenant do not count in the bounce rate (ses-behaviour R6), the global one does.
        return (Says(reply, "tenant") ? Bounce(reply, DeliveryResultKind.SoftBounce, BounceSubType.OnTenantSuppressionList)
            : Says(reply, "account") ? Bounce(reply, DeliveryResultKind.SoftBounce, BounceSubType.OnAccountSuppressionList)
            : Bounce(reply, DeliveryResultKind.HardBounce, BounceSubType.Suppressed), SesEffect.None);
    }

    private static (DeliveryResult, SesEffect) Content(SesReply reply, string recipient)
    {
        // Members that we filled in from the options, not the sender.
        if (Says(reply, "TenantName") || Says(reply, "ConfigurationSet") || Says(reply, "configuration set") || Says(reply, "EmailTags")
            || Says(reply, "FeedbackForwarding") || reply.Text.Length == 0) return Parked(reply);
        if (Says(reply, recipient) || Says(reply, "ToAddresses") || Says(reply, "Destination"))
            return (Bounce(reply, DeliveryResultKind.HardBounce, BounceSubType.General), SesEffect.None);
        return (Bounce(reply, DeliveryResultKind.SoftBounce,
            Says(reply, "length") || Says(reply, "too large") || Says(reply, "too long") || Says(reply, "size")
                ? BounceSubType.MessageTooLarge
                : BounceSubType.ContentRejected), SesEffect.None);
    }

    private static (DeliveryResult, SesEffect) Suspended(SesReply reply)
    {
        var words = WithoutAddresses(reply.Text.Length == 0 ? reply.Code : reply.Text);
        const int most = 500;
        return (Result(reply, DeliveryResultKind.NotStarted, DeliveryStage.Mail) with
        {
            SendingSuspended = "SES: " + (words.Length <= most ? words : words[..most]),
        }, SesEffect.None);
    }

    private static (DeliveryResult, SesEffect) NotSes(SesReply reply) =>
        (Result(reply, DeliveryResultKind.RouteFailed, DeliveryStage.Hello), SesEffect.Misconfigured);

    /// <summary>At the stage of MAIL: this message rests, what others send may well be taken.</summary>
    private static (DeliveryResult, SesEffect) Parked(SesReply reply) =>
        (Result(reply, DeliveryResultKind.RouteFailed, DeliveryStage.Mail), SesEffect.Misconfigured);

    private static DeliveryResult Bounce(SesReply reply, DeliveryResultKind kind, BounceSubType subType) =>
        Result(reply, kind, DeliveryStage.FinalDot) with { BounceSubType = subType, Diagnostic = reply.ToString() };

    private static DeliveryResult Result(SesReply reply, DeliveryResultKind kind, DeliveryStage stage) =>
        new() { Kind = kind, Stage = stage, Diagnostic = WithoutAddresses(reply.ToString()) };

    private static bool Says(SesReply reply, string words) => reply.Text.Contains(words, StringComparison.OrdinalIgnoreCase);

    // No backtracking: the text comes from strangers.
    [GeneratedRegex("[^\\s<>,;:@]+@([A-Za-z0-9.-]+)", RegexOptions.NonBacktracking)]
    private static partial Regex Address();
}
