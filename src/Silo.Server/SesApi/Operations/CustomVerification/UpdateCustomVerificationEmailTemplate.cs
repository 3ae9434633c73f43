using Silo.Server.Accounts;
using Silo.Server.SesApi.Operations.Templates;

namespace Silo.Server.SesApi.Operations.CustomVerification;

/// <summary>Replaces the whole template; links of mails that were sent before lead where it says now.</summary>
internal static class UpdateCustomVerificationEmailTemplate
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "UpdateCustomVerificationEmailTemplate", "PUT", CustomVerificationMembers.Path,
        SesJson.Default.UpdateCustomVerificationEmailTemplateRequest, Handle, EmailTemplateMembers.MaxBodyBytes);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, UpdateCustomVerificationEmailTemplateRequest request, CancellationToken cancellationToken)
    {
        var (name, checks) = (call.Labels[0], new MemberChecks());
        var template = CustomVerificationMembers.Check(
            name, request.FromEmailAddress, request.TemplateSubject, request.TemplateContent, request.SuccessRedirectionURL,
            request.FailureRedirectionURL, checks);
        if (checks.Error is { } refused) return refused;
        if (await call.Services.VerificationTemplates.Get(name, cancellationToken) is null) return CustomVerificationMembers.NotFound(name);
        if (await CustomVerificationMembers.CheckSender(call, template!, cancellationToken) is { } unverified) return unverified;
        return await call.Services.VerificationTemplates.Replace(template!, cancellationToken) switch
        {
            ResourceChange.Done => SesAnswer.Empty,
            ResourceChange.NotFound => CustomVerificationMembers.NotFound(name),
            _ => SesError.ConcurrentModification($"Custom verification email template {name}"),
        };
    }
}

internal sealed record UpdateCustomVerificationEmailTemplateRequest(
    string? FromEmailAddress, string? TemplateSubject, string? TemplateContent, string? SuccessRedirectionURL, string? FailureRedirectionURL);
