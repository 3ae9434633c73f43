using System.Text;
using Silo.Core.Messages;
using Silo.Server.Intake;

namespace Silo.Server.SesApi.Operations.Sending;

internal static class SendEmail
{
    /// <summary>A raw message of 40 MB (the largest of SES) grows by a third in JSON; 1 MB for everything around it.</summary>
    public const int MaxBodyBytes = (MessageLimits.MaxMessageBytes / 3 * 4) + (1024 * 1024);

    public static SesOperation Operation { get; } = SesOperation.Of(
        "SendEmail", "POST", "/v2/email/outbound-emails", SesJson.Default.SendEmailRequest, Handle, MaxBodyBytes);

    private static async ValueTask<SesAnswer> Handle(SesCall call, SendEmailRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var send = SendEmailShape.Check(request, call.Services.Arns, checks);
        var key = CallKeys.Read(call, "SendEmail", checks);
        var scheduledFor = SendSchedules.Read(call, checks);
        if (checks.Error is { } refused) return refused;
        var reply = await call.Services.Intake.Send(
            send! with { Origin = call.Origin, Caller = call.Caller, Key = key, ScheduledFor = scheduledFor }, cancellationToken);
        return reply.MessageId is { } id ? Accepted(id) : ErrorOf(reply);
    }

    // Ids are of hex digits and hyphens, so nothing in them needs an escape.
    private static SesAnswer Accepted(string id) => new(null, Encoding.ASCII.GetBytes($$"""{"MessageId":"{{id}}"}"""));

    /// <summary>The one table of refused sends.</summary>
    public static SesError ErrorOf(SendReply reply)
    {
        var message = reply.Message ?? "The message was refused.";
        return reply.Refusal switch
        {
            SendRefusal.BadRequest => SesError.BadRequest(message),
            SendRefusal.NotFound => SesError.NotFound(message),
            SendRefusal.AccessDenied => SesError.AccessDenied(message),
            SendRefusal.MessageRejected => SesError.MessageRejected(message),
            SendRefusal.SendingPaused => SesError.SendingPaused(message),
            SendRefusal.TooManyRequests => SesError.TooManyRequests(message),
            SendRefusal.QuotaExceeded => SesError.LimitExceeded(message),
            SendRefusal.MailFromNotVerified => SesError.MailFromDomainNotVerified(message),
            SendRefusal.Conflict => SesError.Conflict(message),
            SendRefusal.Unavailable => SesError.Unavailable(message),
            _ => throw new InvalidOperationException($"{reply.Refusal} is not a refusal."),
        };
    }
}
