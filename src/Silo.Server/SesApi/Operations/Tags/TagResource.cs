namespace Silo.Server.SesApi.Operations.Tags;

internal static class TagResource
{
    public const string Path = "/v2/email/tags";

    public static SesOperation Operation { get; } = SesOperation.Of(
        "TagResource", "POST", Path, SesJson.Default.TagResourceRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, TagResourceRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        checks.RequiredText(request.ResourceArn, "ResourceArn");
        checks.Required(request.Tags, "Tags");
        var tags = TagRules.Check(request.Tags, checks);
        if (checks.Error is { } refused) return refused;
        var (arn, error) = await TaggedResource.Find(call, request.ResourceArn, cancellationToken);
        if (error is not null) return error;
        return await call.Services.Resources.SetTags(arn!, tags, TagRules.MaxTags, cancellationToken)
            ? SesAnswer.Empty
            : SesError.BadRequest($"1 validation error detected: Tags would give the resource more than {TagRules.MaxTags} tags");
    }
}

internal sealed record TagResourceRequest(string? ResourceArn, IReadOnlyList<Tag?>? Tags);
