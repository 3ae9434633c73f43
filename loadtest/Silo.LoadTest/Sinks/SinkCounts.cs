namespace Silo.LoadTest.Sinks;

/// <summary>Of everything that came, marked or not, since the sink started.</summary>
/// <param name="Open">Connections now.</param>
/// <param name="Begun">Transactions (MAIL) or calls.</param>
/// <param name="Delivered">Taken, repeats included.</param>
/// <param name="Deferred">Put off as a mailbox is.</param>
/// <param name="RateLimited">Put off since mail came too fast.</param>
/// <param name="HardBounced">Refused for good: no such mailbox.</param>
/// <param name="SoftBounced">Refused for good: mailbox full, content.</param>
/// <param name="Complaints">Reported.</param>
/// <param name="FeedbackDropped">Complaints and notifications that could not be told.</param>
/// <param name="Bytes">Of content that was taken.</param>
/// <param name="Encrypted">Connections that said STARTTLS.</param>
internal readonly record struct SinkCounts(
    long Connections, long Open, long Begun, long Delivered, long Deferred, long RateLimited, long HardBounced, long SoftBounced,
    long Complaints, long FeedbackDropped, long Bytes, long Encrypted);
