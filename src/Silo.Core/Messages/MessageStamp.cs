namespace Silo.Core.Messages;

/// <summary>What the service puts on a message when it accepts it; time and chance come from outside.</summary>
/// <param name="MessageId">The id that the sender gets, see <see cref="MessageIdFormat"/>; the left side of the Message-ID header.</param>
/// <param name="Domain">The right side of the Message-ID header.</param>
/// <param name="Date">Acceptance. Written in UTC, unless the message is scheduled: then recipients see the instant from which it leaves.</param>
/// <param name="BoundarySeed">Random bits for MIME boundaries, which the sender must not be able to guess.</param>
public sealed record MessageStamp(string MessageId, string Domain, DateTimeOffset Date, UInt128 BoundarySeed)
{
    /// <summary>When it may leave first; null for at once.</summary>
    public DateTimeOffset? ScheduledFor { get; init; }
}
