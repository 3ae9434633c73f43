using Silo.Server.SesApi.Operations.Sending;
using Silo.Server.Templates;

namespace Silo.Server.SesApi.Operations.Templates;

/// <summary>Replaces the whole content. All silos send with it within five seconds.</summary>
internal static class UpdateEmailTemplate
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "UpdateEmailTemplate", "PUT", EmailTemplateMembers.Path, SesJson.Default.UpdateEmailTemplateRequest, Handle,
        EmailTemplateMembers.MaxBodyBytes);

    private static async ValueTask<SesAnswer> Handle(SesCall call, UpdateEmailTemplateRequest request, CancellationToken cancellationToken)
    {
        var (name, checks) = (call.Labels[0], new MemberChecks());
        var template = EmailTemplateMembers.Check(request.TemplateContent, checks);
        if (checks.Error is { } refused) return refused;
        if (!EmailTemplate.IsValidName(name)) return EmailTemplateMembers.NotFound(name);
        return EmailTemplateMembers.Answer(await call.Services.Templates.Replace(name, template!, cancellationToken), name);
    }
}

internal sealed record UpdateEmailTemplateRequest(TemplateText? TemplateContent);
