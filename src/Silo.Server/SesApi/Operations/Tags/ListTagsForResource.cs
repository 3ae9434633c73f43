namespace Silo.Server.SesApi.Operations.Tags;

internal static class ListTagsForResource
{
    public static SesOperation Operation { get; } = SesOperation.Of("ListTagsForResource", "GET", TagResource.Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var resource = call.QueryValue("ResourceArn", checks);
        checks.Required(resource, "ResourceArn");
        if (checks.Error is { } refused) return refused;
        var (arn, error) = await TaggedResource.Find(call, resource, cancellationToken);
        if (error is not null) return error;
        var tags = await call.Services.Resources.GetTags(arn!, cancellationToken);
        return SesAnswer.Json(new ListTagsForResourceResponse(TagRules.ToWire(tags)), SesJson.Default.ListTagsForResourceResponse);
    }
}

internal sealed record ListTagsForResourceResponse(IReadOnlyList<Tag> Tags);
