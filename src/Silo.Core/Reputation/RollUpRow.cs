namespace Silo.Core.Reputation;

/// <summary>What became of a tenant's sends of one hour with one scope, towards one provider.</summary>
/// <param name="Hour">Hours since the beginning of year 1, UTC: of the hand-over, or of what is told of no hand-over.</param>
/// <param name="Scope">The number of identity and configuration set (<see cref="Messages.MailScope"/>); 0 when they are not known.</param>
/// <param name="Provider">The recipients' mailbox provider; empty for what is about no single recipient.</param>
public readonly record struct RollUpKey(int Hour, int Scope, string Provider)
{
    public static int HourOf(DateTimeOffset instant) => (int)(instant.UtcTicks / TimeSpan.TicksPerHour);

    public static DateTimeOffset Begin(int hour) => new(hour * TimeSpan.TicksPerHour, TimeSpan.Zero);
}

/// <param name="Counts">By column, <see cref="Columns"/> of them. Of changes some may be negative.</param>
public sealed record RollUpRow(RollUpKey Key, int[] Counts)
{
    /// <summary>Delivered or handed over to providers that report complaints: the denominator of the complaint rate.</summary>
    public const int FeedbackLoopDelivered = (int)ReputationFact.Unsubscribed + 1;

    /// <summary>One for each <see cref="ReputationFact"/>, by its number, and <see cref="FeedbackLoopDelivered"/>.</summary>
    public const int Columns = FeedbackLoopDelivered + 1;
}
