namespace Silo.Server.SesApi.Operations.Tags;

internal static class UntagResource
{
    public static SesOperation Operation { get; } = SesOperation.Of("UntagResource", "DELETE", TagResource.Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var resource = call.QueryValue("ResourceArn", checks);
        checks.Required(resource, "ResourceArn");
        var keys = call.QueryValues("TagKeys");
        if (keys.Count is 0 or > TagRules.MaxTags) checks.Fail($"TagKeys must have 1 to {TagRules.MaxTags} items");
        for (var i = 0; i < keys.Count && i < TagRules.MaxTags; i++)
        {
            if (checks.RequiredText(keys[i], $"TagKeys[{i}]")) checks.Length(keys[i], $"TagKeys[{i}]", 1, TagRules.MaxKeyLength);
        }

        if (checks.Error is { } refused) return refused;

        var (arn, error) = await TaggedResource.Find(call, resource, cancellationToken);
        if (error is not null) return error;
        await call.Services.Resources.RemoveTags(arn!, keys, cancellationToken);
        return SesAnswer.Empty;
    }
}
