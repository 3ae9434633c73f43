using System.Text.Json.Nodes;

namespace Silo.Server.Importing;

/// <summary>
/// One kind of thing that is taken over. Kinds are planned and applied one after the other, in the order in which they need each other.
/// </summary>
internal interface IImportKind
{
    string Name { get; }

    Task<IReadOnlyList<ImportItem>> Plan(ImportContext context, CancellationToken cancellationToken);
}

/// <summary>Both sides, and what several kinds ask for.</summary>
internal sealed class ImportContext(AccountClient source, AccountClient target, ImportOptions options)
{
    private const string UnknownAccount = "000000000000";
    private IReadOnlyList<JsonNode>? _tenants;
    private string? _account;

    public AccountClient Source => source;

    public AccountClient Target => target;

    /// <summary>The tenants of the source that are meant, as its list tells them.</summary>
    public async Task<IReadOnlyList<JsonNode>> Tenants(CancellationToken cancellationToken)
    {
        if (_tenants is not null) return _tenants;
        var all = await source.List(ApiCall.Post("tenants/list", []), "Tenants", cancellationToken) ?? [];
        return _tenants =
        [
            .. all.Where(t => options.Tenants.Count == 0 || options.Tenants.Contains((string)t["TenantName"]!, StringComparer.Ordinal)),
        ];
    }

    /// <summary>The ARN of the same resource in the target's account.</summary>
    public async Task<string> ArnThere(string arn, CancellationToken cancellationToken)
    {
        var parts = arn.Split(':', 6);
        if (parts.Length < 6) return arn;
        var account = parts[4] == "aws" ? parts[4] : await AccountThere(cancellationToken);
        return $"arn:aws:ses:{target.Region}:{account}:{parts[5]}";
    }

    /// <summary>The account number of the target; it tells it in the ARN of a tenant only.</summary>
    public async Task<string> AccountThere(CancellationToken cancellationToken)
    {
        if (_account is not null) return _account;
        var answer = await target.Find(ApiCall.Post("tenants/list", new JsonObject { ["PageSize"] = 1 }), cancellationToken);
        if ((string?)(answer?["Tenants"] as JsonArray)?.FirstOrDefault()?["TenantArn"] is not { } arn) return UnknownAccount;
        return _account = arn.Split(':')[4];
    }

    /// <summary>The ARN of a tenant of the target; null when there is none.</summary>
    public async Task<JsonNode?> TenantThere(string name, CancellationToken cancellationToken) =>
        (await target.Find(ApiCall.Post("tenants/get", new JsonObject { ["TenantName"] = name }), cancellationToken))?["Tenant"];
}
