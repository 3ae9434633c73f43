namespace Silo.Server.SesApi.Operations.Templates;

internal static class ListEmailTemplates
{
    private const string Name = "ListEmailTemplates";

    // The store reads whole documents for a page.
    private const int MaxPageSize = 100;

    public static SesOperation Operation { get; } = SesOperation.Of(Name, "GET", "/v2/email/templates", Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var after = PageToken.Read(Name, "", call.QueryValue("NextToken", checks), checks);
        var pageSize = PageToken.Size(call.QueryInt("PageSize", checks), checks, max: MaxPageSize);
        if (checks.Error is { } refused) return refused;
        var page = await call.Services.Templates.List(after, pageSize, cancellationToken);
        return SesAnswer.Json(
            new ListEmailTemplatesResponse(
                [.. page.Items.Select(t => new EmailTemplateMetadata(t.Name, EpochSeconds.From(t.CreatedAt)))],
                PageToken.Write(Name, "", page.Next)),
            SesJson.Default.ListEmailTemplatesResponse);
    }
}

internal sealed record ListEmailTemplatesResponse(IReadOnlyList<EmailTemplateMetadata> TemplatesMetadata, string? NextToken);

internal sealed record EmailTemplateMetadata(string TemplateName, decimal? CreatedTimestamp);
