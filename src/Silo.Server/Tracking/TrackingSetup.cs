using Silo.Core.Messages;
using Silo.Core.Tracking;
using Silo.Server.Accounts;
using Silo.Server.Events;
using Silo.Server.Intake;
using Silo.Server.PublicWeb;

namespace Silo.Server.Tracking;

/// <summary>
/// Decides what of a mail's opens and clicks is noticed. As by SES: what an enabled event destination of the configuration set asks for, or
/// both with VDM's engagement metrics. A send may say otherwise, but not for mail that nobody is told anything about.
/// </summary>
internal sealed class TrackingSetup(EventDestinationWatch destinations, PublicLinks links, LinkTokens tokens)
{
    /// <summary>What of a mail is to be noticed, if there is anything in it to notice it by.</summary>
    public MailTraits Asks(ConfigurationSet? set, TrackingOverride? wish)
    {
        var all = set?.VdmOptions?.DashboardOptions?.EngagementMetrics == "ENABLED";
        return (IsOn(set, wish?.Opens, SesEventType.Open, all) ? MailTraits.OpensTracked : MailTraits.None)
            | (IsOn(set, wish?.Clicks, SesEventType.Click, all) ? MailTraits.ClicksTracked : MailTraits.None);
    }

    /// <param name="asked">As <see cref="Asks"/> says.</param>
    public MailTracking For(ConfigurationSet? set, MailTraits asked, string tenantName, MessageStamp stamp)
    {
        var opens = (asked & MailTraits.OpensTracked) != 0;
        var clicks = (asked & MailTraits.ClicksTracked) != 0;
        if (!opens && !clicks) return MailTracking.None;
        var token = new TrackedMessage(tenantName, stamp.MessageId);
        var options = set?.TrackingOptions;
        return new MailTracking(
            clicks ? link => LinkFor(token, link, options) : null, opens ? ImageFor(token, options) : null);
    }

    private string ImageFor(TrackedMessage message, TrackingOptions? options) =>
        BaseFor(options, isHttps: options?.HttpsPolicy is "REQUIRE" or "REQUIRE_OPEN_ONLY") + "/o/"
        + tokens.Write(LinkPurpose.Open, message.ToPayload(null));

    private bool IsOn(ConfigurationSet? set, bool? wish, SesEventType type, bool all)
    {
        if (wish == false || set is null) return false;
        if (wish == true) return destinations.WantsMail(set.Name);
        // Not the default destinations: they are told of all mail, and not all of it was meant to be tracked.
        return all || destinations.Of(set.Name).Any(d => d.Destination.MatchingEventTypes.Contains(type));
    }

    /// <summary>Null for a link that is to stay as it is: one of our own, or one that would grow too long.</summary>
    private string? LinkFor(TrackedMessage message, TrackedLink link, TrackingOptions? options)
    {
        if (link.Target.StartsWith(links.Base + "/", StringComparison.OrdinalIgnoreCase)) return null;
        var payload = message.ToPayload(link);
        if (payload.Length > LinkTokens.MaxPayloadBytes) return null;
        var isHttps = options?.HttpsPolicy == "REQUIRE" || link.Target.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
        return BaseFor(options, isHttps) + "/c/" + tokens.Write(LinkPurpose.Click, payload);
    }

    private string BaseFor(TrackingOptions? options, bool isHttps) =>
        options?.CustomRedirectDomain is { } domain ? $"{(isHttps ? "https" : "http")}://{domain}" : links.Base;
}
