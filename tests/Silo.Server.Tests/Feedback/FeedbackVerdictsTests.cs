using Silo.Core.Delivery;
using Silo.Core.Feedback;
using Silo.Server.Delivery;
using Silo.Server.Feedback;
using Xunit;

namespace Silo.Server.Tests.Feedback;

public sealed class FeedbackVerdictsTests
{
    private readonly FeedbackVerdicts _verdicts = new(ReplyRules.Shipped);

    [Theory]
    [InlineData("5.1.1", "550 5.1.1 user unknown", FeedbackKind.HardBounce, BounceSubType.NoEmail)]
    [InlineData("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found", FeedbackKind.HardBounce, BounceSubType.General)]
    [InlineData("5.0.0", "550 5.7.1 message blocked, see https://mx.example.com/why", FeedbackKind.Blocked, BounceSubType.None)]
    [InlineData("5.2.2", "552-5.2.2 The recipient's inbox is out of storage space.", FeedbackKind.SoftBounce, BounceSubType.MailboxFull)]
    [InlineData("4.4.7", "550 4.4.7 Message expired", FeedbackKind.SoftBounce, BounceSubType.General)]
    [InlineData("4.4.1", null, FeedbackKind.SoftBounce, BounceSubType.General)]
    [InlineData("4.2.2", null, FeedbackKind.SoftBounce, BounceSubType.MailboxFull)]
    [InlineData(null, null, FeedbackKind.SoftBounce, BounceSubType.General)]
    [InlineData("5.1.1", null, FeedbackKind.HardBounce, BounceSubType.NoEmail)]
    [InlineData("5.3.4", "552 5.3.4 too large", FeedbackKind.SoftBounce, BounceSubType.MessageTooLarge)]
    public void A_failure_is_judged_as_the_reply_would_have_been(string? status, string? words, FeedbackKind kind, BounceSubType subType)
    {
        var verdict = _verdicts.Of(new RecipientStatus { Action = DeliveryStatusAction.Failed, Status = status, Diagnostic = words, DiagnosticType = "smtp" });
        Assert.Equal((kind, subType), (verdict!.Value.Kind, verdict.Value.BounceSubType));
    }

    [Theory]
    [InlineData(DeliveryStatusAction.Delayed)]
    [InlineData(DeliveryStatusAction.Relayed)]
    [InlineData(DeliveryStatusAction.Expanded)]
    public void What_is_delayed_relayed_or_expanded_is_no_end(DeliveryStatusAction action) =>
        Assert.Null(_verdicts.Of(new RecipientStatus { Action = action, Status = "5.1.1", Diagnostic = "550 5.1.1 no" }));

    [Theory]
    [InlineData("Permanent", "NoEmail", "smtp; 550 5.1.1 no such user", FeedbackKind.HardBounce, BounceSubType.NoEmail)]
    [InlineData("Permanent", "General", "smtp; 550 5.7.1 blocked by policy", FeedbackKind.Blocked, BounceSubType.None)]
    [InlineData("Permanent", "Suppressed", null, FeedbackKind.HardBounce, BounceSubType.Suppressed)]
    [InlineData("Permanent", "OnAccountSuppressionList", null, FeedbackKind.HardBounce, BounceSubType.OnAccountSuppressionList)]
    [InlineData("Permanent", "OnTenantSuppressionList", null, FeedbackKind.HardBounce, BounceSubType.OnTenantSuppressionList)]
    [InlineData("Permanent", "EmailValidationSuppressed", null, FeedbackKind.SoftBounce, BounceSubType.General)]
    [InlineData("Transient", "MailboxFull", null, FeedbackKind.SoftBounce, BounceSubType.MailboxFull)]
    [InlineData("Undetermined", "Undetermined", null, FeedbackKind.SoftBounce, BounceSubType.General)]
    public void A_bounce_of_SES_is_what_it_is_called_there_but_for_blocks(
        string type, string subType, string? words, FeedbackKind kind, BounceSubType ours)
    {
        var recipient = new SesRecipient("ann@example.net", Diagnostic: words);
        var verdict = _verdicts.Of(Record(SesRecordKind.Bounce) with { BounceType = type, BounceSubType = subType }, recipient);
        Assert.Equal((kind, ours), (verdict!.Value.Kind, verdict.Value.BounceSubType));
    }

    [Theory]
    [InlineData("abuse", FeedbackKind.Complaint)]
    [InlineData(null, FeedbackKind.Complaint)]
    [InlineData("virus", FeedbackKind.Complaint)]
    [InlineData("not-spam", null)]
    [InlineData("auth-failure", null)]
    [InlineData("dmarc", null)]
    [InlineData("opt-out", FeedbackKind.Unsubscribed)]
    public void Only_displeasure_is_a_complaint(string? type, FeedbackKind? kind) =>
        Assert.Equal(kind, _verdicts.Of(Record(SesRecordKind.Complaint) with { ComplaintType = type }, null)?.Kind);

    [Theory]
    [InlineData(SesRecordKind.Send)]
    [InlineData(SesRecordKind.DeliveryDelay)]
    [InlineData(SesRecordKind.Open)]
    [InlineData(SesRecordKind.Click)]
    [InlineData(SesRecordKind.Subscription)]
    [InlineData(SesRecordKind.RenderingFailure)]
    public void Records_of_other_things_say_nothing_of_the_unit(SesRecordKind kind) => Assert.Null(_verdicts.Of(Record(kind), null));

    private static SesRecord Record(SesRecordKind kind) => new() { Kind = kind, MessageId = "m", Tags = new Dictionary<string, string>(), Recipients = [] };
}
