namespace Silo.Core.Messages;

/// <summary>
/// What message insights tell of a message from its acceptance on. Part of the event (<see cref="Tenants.TenantEvent.Mail"/>), so additions must
/// be optional.
/// </summary>
/// <param name="From">The address of the From header.</param>
/// <param name="To">All recipients as addressed, those that are not written to among them; 1 to 50.</param>
public sealed record AcceptedMail(string From, IReadOnlyList<string> To)
{
    /// <summary>At most <see cref="MaxSubject"/> characters; null for a message without one.</summary>
    public string? Subject { get; init; }

    public string? Set { get; init; }

    /// <summary>Null for none.</summary>
    public IReadOnlyList<MessageTag>? Tags { get; init; }

    /// <summary>Characters that SES shows (GetMessageInsights).</summary>
    public const int MaxSubject = 998;

    /// <param name="to">See there.</param>
    public static AcceptedMail Of(Envelope envelope, IReadOnlyList<string> to) => new(envelope.FromAddress, to)
    {
        Subject = Shown(envelope.Subject), Set = envelope.ConfigurationSetName, Tags = envelope.Tags.Count == 0 ? null : envelope.Tags,
    };

    // PostgreSQL has no NUL in text, and half a surrogate pair is no text at all.
    private static string? Shown(string? subject)
    {
        if (string.IsNullOrEmpty(subject)) return null;
        if (subject.Length > MaxSubject) subject = subject[..(char.IsHighSurrogate(subject[MaxSubject - 1]) ? MaxSubject - 1 : MaxSubject)];
        return subject.Replace('\0', '?');
    }
}
