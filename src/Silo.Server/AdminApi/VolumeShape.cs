using Silo.Core.Reputation;
using Silo.Server.Tenants;

namespace Silo.Server.AdminApi;

/// <summary>What became of a tenant's mail in one window, in all or towards one provider.</summary>
/// <param name="Provider">Absent for all.</param>
/// <param name="Sent">Accepted of all; towards a provider, what has an outcome.</param>
/// <param name="Resolved">The denominator of the bounce rate.</param>
/// <param name="FeedbackLoopDelivered">The denominator of the complaint rate.</param>
/// <param name="OtherComplaints">About mail to providers without a feedback loop; in no rate.</param>
/// <param name="BounceRate">Absent while nothing has an outcome.</param>
/// <param name="ComplaintRate">Absent, that is unknown, without deliveries to a provider with a feedback loop.</param>
internal sealed record VolumeShape(
    string Window, string? Provider, long Sent, long Delivered, long Resolved, long HardBounces, long SoftBounces, long Blocked, long Deferred,
    long Complaints, long OtherComplaints, long FeedbackLoopDelivered, long Unsubscribes, long Opens, long Clicks, long Rejected,
    long Suppressed, long Expired, SubTypeShape? SubTypes, double? BounceRate, double? BounceRateLower, double? BounceRateUpper, double? ComplaintRate,
    double? ComplaintRateLower, double? ComplaintRateUpper)
{
    /// <summary>Each bound at the level at which it decides: the lower ones open a finding, the upper ones close it.</summary>
    public static VolumeShape Of(ReputationRow row, ReputationThresholds thresholds)
    {
        // The windows share a level.
        var windows = ReputationThresholds.AllWindows.Count;
        var (error, complaintError) = (thresholds.ErrorLevel / windows, thresholds.LowComplaintErrorLevel / windows);
        var v = row.Volume;
        var complaints = Math.Min(v.Complaints, v.FeedbackLoopDelivered);
        return new VolumeShape(
            PolicyShape.NameOf(row.Window), row.Provider, v.Sent, v.Delivered + v.HandedOver, v.Resolved, v.HardBounces, v.SoftBounces, v.Blocked,
            v.Deferred, v.Complaints, v.OtherComplaints, v.FeedbackLoopDelivered, v.Unsubscribes, v.Opens, v.Clicks, v.Rejected, v.Suppressed,
            v.Expired, SubTypeShape.Of(row), v.BounceRate, Lower(v.HardBounces, v.Resolved, error), Upper(v.HardBounces, v.Resolved),
            v.ComplaintRate, Lower(complaints, v.FeedbackLoopDelivered, complaintError), Upper(complaints, v.FeedbackLoopDelivered));

        static double? Lower(long count, long volume, double level) => volume == 0 ? null : BetaBounds.Lower(count, volume, level);

        double? Upper(long count, long volume) => volume == 0 ? null : BetaBounds.Upper(count, volume, error);
    }
}

/// <summary>Bounces by subtype, of all providers over the week; the rest is General.</summary>
internal sealed record SubTypeShape(long MailboxFull, long MessageTooLarge, long ContentRejected, long AttachmentRejected, long NoEmail)
{
    public static SubTypeShape? Of(ReputationRow row) => row is { Window: ReputationWindow.Week, Provider: null, Volume.SubTypes: var s }
        ? new SubTypeShape(s.MailboxFull, s.MessageTooLarge, s.ContentRejected, s.AttachmentRejected, s.NoEmail)
        : null;
}
