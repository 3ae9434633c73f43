using Silo.Server.SesApi.Operations.Sending;
using Silo.Server.Templates;

namespace Silo.Server.SesApi.Operations.Templates;

internal static class CreateEmailTemplate
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "CreateEmailTemplate", "POST", "/v2/email/templates", SesJson.Default.CreateEmailTemplateRequest, Handle,
        EmailTemplateMembers.MaxBodyBytes) with
    {
        Deviation = "A template with a broken syntax is refused at once. Partials with a block and raw blocks are not supported.",
    };

    private static async ValueTask<SesAnswer> Handle(SesCall call, CreateEmailTemplateRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        EmailTemplateMembers.CheckName(request.TemplateName, checks);
        var template = EmailTemplateMembers.Check(request.TemplateContent, checks);
        var tags = TagRules.Check(request.Tags, checks);
        if (checks.Error is { } refused) return refused;
        var name = request.TemplateName!;
        var creation = await call.Services.Templates.Create(name, template!, tags, cancellationToken);
        return EmailTemplateMembers.Answer(creation, name, EmailTemplate.MaxTemplates);
    }
}

internal sealed record CreateEmailTemplateRequest(string? TemplateName, TemplateText? TemplateContent, IReadOnlyList<Tag?>? Tags);
