using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Events;
using Silo.Storage;

namespace Silo.Server.Tenants;

// Which events somebody outside is to be told of.
public sealed partial class TenantActor
{
    /// <summary>The configuration sets of messages whose envelopes are at hand; null when nobody is told of anything.</summary>
    private Dictionary<string, string?>? SetsOf(IEnumerable<Envelope?> envelopes)
    {
        if (services.Destinations.IsEmpty) return null;
        var sets = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var envelope in envelopes)
            if (envelope is not null) sets[envelope.MessageId] = envelope.ConfigurationSetName;
        return sets;
    }

    /// <param name="before">The one before it in the same write.</param>
    private EventAppend ToStored(TenantEvent e, TenantEvent? before, Dictionary<string, string?>? sets)
    {
        var stored = new EventAppend(e.Sequence, e.At, (int)e.Kind, e.ToPayload());
        // SES tells of a rejected message once, with all its recipients.
        var isTold = e.Kind == TenantEventKind.Rejected && before?.Kind == TenantEventKind.Rejected && before.MessageId == e.MessageId;
        return services.Destinations.IsEmpty || isTold || NoticeOf(e, sets) is not { } notice ? stored : stored with { Notice = notice };
    }

    private EventNotice? NoticeOf(TenantEvent e, Dictionary<string, string?>? sets)
    {
        if (SesEventTypes.IsOfTenant(e)) return services.Destinations.WantsTenants ? new EventNotice(null, null) : null;
        if (SesEventTypes.Of(e) is not { } type) return null;
        string? set = null;
        // Of what is told later only the message's facts know the set: whoever publishes it finds out.
        var isWanted = e.MessageId is { } id && sets is not null && sets.TryGetValue(id, out set)
            ? services.Destinations.Wants(set, type)
            : services.Destinations.WantsAnywhere(type);
        return isWanted ? new EventNotice(e.MessageId, set) : null;
    }

    private static MessageFacts? FactsOf(AdmitMessage message) => message.Facts is not { } facts ? null : new MessageFacts(
        message.Envelope.MessageId, message.Envelope.AcceptedAt, message.Envelope.ConfigurationSetName, facts);

    private static TenantEvent RenderingFailed(AdmitMessage message, RenderingFailure failure) => new()
    {
        Kind = TenantEventKind.RenderingFailed, At = message.Envelope.AcceptedAt, MessageId = message.Envelope.MessageId, Units = 0,
        TemplateName = failure.TemplateName, Diagnostic = failure.Reason,
    };
}
