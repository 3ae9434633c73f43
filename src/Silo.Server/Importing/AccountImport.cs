using System.Text.Json.Nodes;

namespace Silo.Server.Importing;

/// <summary>For which reasons the account suppresses addresses.</summary>
internal sealed class AccountImport : IImportKind
{
    public string Name => "account";

    public async Task<IReadOnlyList<ImportItem>> Plan(ImportContext context, CancellationToken cancellationToken)
    {
        var here = (await context.Source.Find(ApiCall.Get("account"), cancellationToken))?["SuppressionAttributes"]?["SuppressedReasons"];
        var there = (await context.Target.Find(ApiCall.Get("account"), cancellationToken))?["SuppressionAttributes"]?["SuppressedReasons"];
        var wanted = new JsonObject { ["SuppressedReasons"] = here?.DeepClone() ?? new JsonArray() };
        if (JsonShape.AreSame(wanted, new JsonObject { ["SuppressedReasons"] = there?.DeepClone() ?? new JsonArray() }))
            return [new ImportItem(Name, "suppression", ImportAction.Same, [])];
        return [new ImportItem(Name, "suppression", ImportAction.Change, [ApiCall.Put("account/suppression", wanted)])];
    }
}
