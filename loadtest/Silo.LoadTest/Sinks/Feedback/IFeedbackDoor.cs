namespace Silo.LoadTest.Sinks.Feedback;

/// <summary>What is reported of a message that was taken.</summary>
/// <param name="Due">When: a timestamp of the sink's clock.</param>
/// <param name="Header">Of the message as it came, up to 16 KiB; empty for mail that came by the API of SES.</param>
/// <param name="Record">What SES would tell of it (an event record, JSON); empty for mail that came by SMTP.</param>
internal sealed record Feedback(long Due, string Recipient, ReadOnlyMemory<byte> Header, ReadOnlyMemory<byte> Record);

/// <summary>How complaints and notifications get back to whoever sent.</summary>
internal interface IFeedbackDoor : IAsyncDisposable
{
    /// <summary>False when too many wait already.</summary>
    bool TryReport(Feedback feedback);

    /// <summary>Told for good.</summary>
    long Told { get; }

    /// <summary>Refused, or not taken in several tries.</summary>
    long Failed { get; }
}
