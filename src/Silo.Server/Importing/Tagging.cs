using System.Text.Json.Nodes;

namespace Silo.Server.Importing;

internal static class Tagging
{
    /// <param name="resource">The end of its ARN: configuration-set/name.</param>
    public static async Task<ApiCall> Call(ImportContext context, string resource, JsonArray tags, CancellationToken cancellationToken) =>
        ApiCall.Post("tags", new JsonObject
        {
            ["ResourceArn"] = $"arn:aws:ses:{context.Target.Region}:{await context.AccountThere(cancellationToken)}:{resource}", ["Tags"] = tags,
        });
}
