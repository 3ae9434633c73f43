namespace Silo.Server.SesApi.Operations.CustomVerification;

internal static class GetCustomVerificationEmailTemplate
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "GetCustomVerificationEmailTemplate", "GET", CustomVerificationMembers.Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var (name, services) = (call.Labels[0], call.Services);
        if (await services.VerificationTemplates.Get(name, cancellationToken) is not { } template) return CustomVerificationMembers.NotFound(name);
        var tags = await services.Resources.GetTags(services.VerificationTemplates.ArnOf(name), cancellationToken);
        return SesAnswer.Json(
            new GetCustomVerificationEmailTemplateResponse(
                template.Name, template.FromEmailAddress, template.Subject, template.Content, TagRules.ToWire(tags),
                template.SuccessRedirectionUrl, template.FailureRedirectionUrl),
            SesJson.Default.GetCustomVerificationEmailTemplateResponse);
    }
}

internal sealed record GetCustomVerificationEmailTemplateResponse(
    string TemplateName, string FromEmailAddress, string TemplateSubject, string TemplateContent, IReadOnlyList<Tag> Tags,
    string SuccessRedirectionURL, string FailureRedirectionURL);
