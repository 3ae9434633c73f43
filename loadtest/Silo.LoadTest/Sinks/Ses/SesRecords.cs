using System.Text.Json;

namespace Silo.LoadTest.Sinks.Ses;

/// <summary>Records of events as SES publishes them (developer guide: contents of event data).</summary>
internal static class SesRecords
{
    /// <summary>Of a bounce, or of the complaint about what was delivered.</summary>
    public static byte[] Of(ArrivalEnd end, SesCall call, string messageId, DateTimeOffset now)
    {
        var mail = new { timestamp = now, messageId, destination = new[] { call.Recipient }, tags = call.Tags };
        return end == ArrivalEnd.Delivered
            ? JsonSerializer.SerializeToUtf8Bytes(new
            {
                eventType = "Complaint", mail,
                complaint = new
                {
                    timestamp = now, complaintFeedbackType = "abuse",
                    complainedRecipients = new[] { new { emailAddress = call.Recipient } },
                },
            })
            : JsonSerializer.SerializeToUtf8Bytes(new
            {
                eventType = "Bounce", mail,
                bounce = new
                {
                    timestamp = now, bounceType = end == ArrivalEnd.HardBounced ? "Permanent" : "Transient",
                    bounceSubType = end == ArrivalEnd.HardBounced ? "NoEmail" : "MailboxFull",
                    bouncedRecipients = new[]
                    {
                        new
                        {
                            emailAddress = call.Recipient, action = "failed", status = end == ArrivalEnd.HardBounced ? "5.1.1" : "5.2.2",
                            diagnosticCode = end == ArrivalEnd.HardBounced ? "smtp; 550 5.1.1 unknown" : "smtp; 552 5.2.2 full",
                        },
                    },
                },
            });
    }
}
