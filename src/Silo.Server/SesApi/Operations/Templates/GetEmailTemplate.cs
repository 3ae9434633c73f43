using Silo.Server.SesApi.Operations.Sending;

namespace Silo.Server.SesApi.Operations.Templates;

internal static class GetEmailTemplate
{
    public static SesOperation Operation { get; } = SesOperation.Of("GetEmailTemplate", "GET", EmailTemplateMembers.Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var (name, services) = (call.Labels[0], call.Services);
        if (await services.Templates.Get(name, cancellationToken) is not { } template) return EmailTemplateMembers.NotFound(name);
        var tags = await services.Resources.GetTags(services.Arns.Template(name), cancellationToken);
        return SesAnswer.Json(
            new GetEmailTemplateResponse(name, new TemplateText(template.Subject, template.Text, template.Html), TagRules.ToWire(tags)),
            SesJson.Default.GetEmailTemplateResponse);
    }
}

internal sealed record GetEmailTemplateResponse(string TemplateName, TemplateText TemplateContent, IReadOnlyList<Tag> Tags);
