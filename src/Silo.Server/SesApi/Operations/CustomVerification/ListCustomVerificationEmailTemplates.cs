namespace Silo.Server.SesApi.Operations.CustomVerification;

internal static class ListCustomVerificationEmailTemplates
{
    private const string Name = "ListCustomVerificationEmailTemplates";

    // As documented for this operation: 1 to 50.
    private const int MaxPageSize = 50;

    public static SesOperation Operation { get; } = SesOperation.Of(Name, "GET", "/v2/email/custom-verification-email-templates", Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var after = PageToken.Read(Name, "", call.QueryValue("NextToken", checks), checks);
        var pageSize = PageToken.Size(call.QueryInt("PageSize", checks), checks, max: MaxPageSize);
        if (checks.Error is { } refused) return refused;
        var page = await call.Services.VerificationTemplates.List(after, pageSize, cancellationToken);
        return SesAnswer.Json(
            new ListCustomVerificationEmailTemplatesResponse(
                [.. page.Items.Select(t => new CustomVerificationEmailTemplateMetadata(
                    t.Name, t.FromEmailAddress, t.Subject, t.SuccessRedirectionUrl, t.FailureRedirectionUrl))],
                PageToken.Write(Name, "", page.Next)),
            SesJson.Default.ListCustomVerificationEmailTemplatesResponse);
    }
}

internal sealed record ListCustomVerificationEmailTemplatesResponse(
    IReadOnlyList<CustomVerificationEmailTemplateMetadata> CustomVerificationEmailTemplates, string? NextToken);

internal sealed record CustomVerificationEmailTemplateMetadata(
    string TemplateName, string FromEmailAddress, string TemplateSubject, string SuccessRedirectionURL, string FailureRedirectionURL);
