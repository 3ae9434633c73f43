using Silo.Server.SesApi.Operations.Templates;
using Silo.Server.Templates;

namespace Silo.Server.SesApi.Operations.CustomVerification;

internal static class CreateCustomVerificationEmailTemplate
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "CreateCustomVerificationEmailTemplate", "POST", "/v2/email/custom-verification-email-templates",
        SesJson.Default.CreateCustomVerificationEmailTemplateRequest, Handle, EmailTemplateMembers.MaxBodyBytes) with
    {
        Deviation = "TemplateContent has up to 500 Ki characters (SES: 10 MB).",
    };

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, CreateCustomVerificationEmailTemplateRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var template = CustomVerificationMembers.Check(
            request.TemplateName, request.FromEmailAddress, request.TemplateSubject, request.TemplateContent, request.SuccessRedirectionURL,
            request.FailureRedirectionURL, checks);
        var tags = TagRules.Check(request.Tags, checks);
        if (checks.Error is { } refused) return refused;
        if (await CustomVerificationMembers.CheckSender(call, template!, cancellationToken) is { } unverified) return unverified;
        var creation = await call.Services.VerificationTemplates.Create(template!, tags, cancellationToken);
        return EmailTemplateMembers.Answer(creation, template!.Name, CustomVerificationTemplate.MaxTemplates);
    }
}

internal sealed record CreateCustomVerificationEmailTemplateRequest(
    string? TemplateName, string? FromEmailAddress, string? TemplateSubject, string? TemplateContent, string? SuccessRedirectionURL,
    string? FailureRedirectionURL, IReadOnlyList<Tag?>? Tags);
