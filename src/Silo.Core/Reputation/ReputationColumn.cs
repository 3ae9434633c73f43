using Silo.Core.Delivery;

namespace Silo.Core.Reputation;

/// <summary>
/// What the rings of a tenant count, by column. The numbers are stored: append only. The ring of an hour has the first
/// <see cref="OfHour"/>, that of a day also those of engagement, that of a week also the subtypes of bounces: each costs
/// 4 bytes a bucket, and the whole has to stay below 4 KiB.
/// </summary>
internal static class ReputationColumn
{
    /// <summary>Delivered or handed over to providers with a feedback loop.</summary>
    public const int FeedbackLoopDelivered = 12;

    /// <summary>Complaints that came without a feedback loop: they are in no rate, since their deliveries are in none.</summary>
    public const int OtherComplaints = 16;

    public const int MailboxFull = 17;
    public const int MessageTooLarge = 18;
    public const int ContentRejected = 19;
    public const int AttachmentRejected = 20;
    public const int NoEmail = 21;

    public const int OfFirstVersion = FeedbackLoopDelivered + 1;
    public const int OfHour = FeedbackLoopDelivered + 1;
    public const int OfDay = OtherComplaints + 1;
    public const int OfWeek = NoEmail + 1;

    /// <summary>So many are in rates: they are told apart at a mark.</summary>
    public const int Judged = 5;

    private static ReadOnlySpan<sbyte> JudgedByColumn => [-1, 0, 1, 2, -1, -1, -1, 3, -1, -1, -1, -1, 4, -1, -1, -1, -1, -1, -1, -1, -1, -1];

    private static ReadOnlySpan<byte> ColumnByJudged => [1, 2, 3, 7, FeedbackLoopDelivered];

    /// <summary>Negative for a column that is in no rate.</summary>
    public static int JudgedIndex(int column) => JudgedByColumn[column];

    public static int OfJudged(int index) => ColumnByJudged[index];

    public static int Of(ReputationFact fact) => fact < ReputationFact.Opened ? (int)fact : (int)fact + 1;

    /// <summary>Negative for a subtype that is not counted by itself: General, above all.</summary>
    public static int Of(ReputationFact fact, BounceSubType subType) => (fact, subType) switch
    {
        (ReputationFact.SoftBounced, BounceSubType.MailboxFull) => MailboxFull,
        (ReputationFact.SoftBounced, BounceSubType.MessageTooLarge) => MessageTooLarge,
        (ReputationFact.SoftBounced, BounceSubType.ContentRejected) => ContentRejected,
        (ReputationFact.SoftBounced, BounceSubType.AttachmentRejected) => AttachmentRejected,
        (ReputationFact.HardBounced, BounceSubType.NoEmail) => NoEmail,
        _ => -1,
    };
}
