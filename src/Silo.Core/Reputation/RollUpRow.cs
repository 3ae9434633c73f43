using Silo.Core.Metrics;

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

    private const int FirstMetric = FeedbackLoopDelivered + 1;

    /// <summary>
    /// One for each <see cref="ReputationFact"/>, by its number, <see cref="FeedbackLoopDelivered"/>, and one for each <see cref="MessageMetric"/>.
    /// Facts are of recipients and count in the hour of the hand-over, metrics of messages and in the hour of the acceptance.
    /// </summary>
    public const int Columns = FirstMetric + (int)MessageMetric.Click + 1;

    public static int ColumnOf(MessageMetric metric) => FirstMetric + (int)metric;
}
