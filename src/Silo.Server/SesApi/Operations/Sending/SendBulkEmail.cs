using Silo.Server.Intake;
using Silo.Server.Intake.Repeats;

namespace Silo.Server.SesApi.Operations.Sending;

/// <summary>
/// Up to 50 sends of one template. Each entry goes the way of a single send, and one that is refused fails alone; the call itself fails
/// for what is wrong with all of them.
/// </summary>
internal static class SendBulkEmail
{
    public const int MaxEntries = 50;

    // Enough for entries to share commits; few enough to leave the tenant room for other calls.
    private const int Parallel = 8;

    // Messages with attachments are composed one by one, or a call would hold fifty copies.
    private const int MaxSharedAttachmentBytes = 1 << 20;

    public static SesOperation Operation { get; } = SesOperation.Of(
        "SendBulkEmail", "POST", "/v2/email/outbound-bulk-emails", SesJson.Default.SendBulkEmailRequest, Handle, SendEmail.MaxBodyBytes) with
    {
        Deviation = "Members that ReplacementTemplateData does not have are taken from the default TemplateData. EndpointId is refused.",
    };

    private static async ValueTask<SesAnswer> Handle(SesCall call, SendBulkEmailRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (checks.Required(request.DefaultContent, "DefaultContent")) checks.Required(request.DefaultContent!.Template, "DefaultContent.Template");
        if (checks.Required(request.BulkEmailEntries, "BulkEmailEntries") && checks.Items(request.BulkEmailEntries, "BulkEmailEntries", MaxEntries))
            CheckEntries(request.BulkEmailEntries!, checks);
        if (checks.Error is { } refused) return refused;
        var common = BulkEntries.Common(request);
        SendEmailShape.Check(common with { Destination = Somebody }, call.Services.Arns, checks);
        if (checks.Error is { } error) return error with { Message = InOwnWords(error.Message) };
        var key = CallKeys.Read(call, "SendBulkEmail", checks);
        var scheduledFor = SendSchedules.Read(call, checks);
        if (checks.Error is { } unreadable) return unreadable;

        var entries = request.BulkEmailEntries!;
        var replies = new SendReply[entries.Count];
        var attached = common.Content!.Template!.Attachments?.Sum(a => (long)(a?.RawContent?.Length ?? 0)) ?? 0;
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = attached > MaxSharedAttachmentBytes ? 1 : Parallel, CancellationToken = cancellationToken,
        };
        await System.Threading.Tasks.Parallel.ForAsync(0, entries.Count, parallel, async (i, token) =>
            replies[i] = await Send(call, common, entries[i]!, key?.ForEntry(i), scheduledFor, token));
        if (WholeCall(replies) is { } whole) return SendEmail.ErrorOf(whole);
        return SesAnswer.Json(new SendBulkEmailResponse([.. replies.Select(Result)]), SesJson.Default.SendBulkEmailResponse);
    }

    // Stands in for the destinations of the entries, where everything else is looked at.
    private static Destination Somebody { get; } = new(["somebody@example.com"], null, null);

    private static void CheckEntries(IReadOnlyList<BulkEmailEntry?> entries, MemberChecks checks)
    {
        if (entries.Count == 0) checks.Fail("BulkEmailEntries must have 1 to 50 items");
        for (var i = 0; i < entries.Count; i++) checks.Required(entries[i]!.Destination, $"BulkEmailEntries[{i}].Destination");
    }

    private static async ValueTask<SendReply> Send(
        SesCall call, SendEmailRequest common, BulkEmailEntry entry, CallKey? key, DateTimeOffset? scheduledFor,
        CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var send = SendEmailShape.Check(BulkEntries.Of(common, entry, checks), call.Services.Arns, checks);
        if (checks.Error is { } refused) return SendReply.Refused(SendRefusal.BadRequest, refused.Message);
        var request = send! with
        {
            Origin = call.Origin, Caller = call.Caller, Key = key, ScheduledFor = scheduledFor, Action = "ses:SendBulkEmail",
        };
        return await call.Services.Intake.Send(request, cancellationToken);
    }

    /// <summary>
    /// A key that came with another call is the whole call's fault. Else the refusal that all entries share, if it is none that an entry's
    /// status can tell; null otherwise.
    /// </summary>
    private static SendReply? WholeCall(SendReply[] replies)
    {
        if (Array.Find(replies, r => r.Refusal == SendRefusal.Conflict) is { } conflict) return conflict;
        var first = replies[0];
        var isWhole = first.Refusal is SendRefusal.AccessDenied or SendRefusal.Unavailable
            || (first.Refusal == SendRefusal.NotFound && first.About == SendSubject.Other);
        return isWhole && replies.All(r => r.Refusal == first.Refusal && r.About == first.About) ? first : null;
    }

    private static BulkEmailEntryResult Result(SendReply reply) => reply.MessageId is { } id
        ? new BulkEmailEntryResult("SUCCESS", null, id)
        : new BulkEmailEntryResult(StatusOf(reply), reply.Message ?? "The message was refused.", null);

    private static string StatusOf(SendReply reply) => reply.Refusal switch
    {
        SendRefusal.BadRequest => "INVALID_PARAMETER",
        SendRefusal.NotFound when reply.About == SendSubject.ConfigurationSet => "CONFIGURATION_SET_NOT_FOUND",
        SendRefusal.NotFound when reply.About == SendSubject.Template => "TEMPLATE_NOT_FOUND",
        SendRefusal.MessageRejected => "MESSAGE_REJECTED",
        SendRefusal.SendingPaused when reply.About == SendSubject.ConfigurationSet => "CONFIGURATION_SET_SENDING_PAUSED",
        SendRefusal.SendingPaused => "ACCOUNT_SENDING_PAUSED",
        SendRefusal.TooManyRequests => "ACCOUNT_THROTTLED",
        SendRefusal.QuotaExceeded => "ACCOUNT_DAILY_QUOTA_EXCEEDED",
        SendRefusal.MailFromNotVerified => "MAIL_FROM_DOMAIN_NOT_VERIFIED",
        SendRefusal.Unavailable => "TRANSIENT_FAILURE",
        _ => "FAILED",
    };

    // The checks are those of a single send, whose members are called otherwise.
    private static string InOwnWords(string message) => message
        .Replace("Content.Template", "DefaultContent.Template", StringComparison.Ordinal)
        .Replace("EmailTags", "DefaultEmailTags", StringComparison.Ordinal);
}
