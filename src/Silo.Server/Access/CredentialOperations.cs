using System.Text.Json;
using Silo.Core.Tenants;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Tenants;

namespace Silo.Server.Access;

/// <summary>Access keys of operators and tenants: made, taken over, listed, shown. A secret is in the answer that made it, and in no other.</summary>
internal static class CredentialOperations
{
    public const string Path = ListPath + "/{AccessKeyId}";
    private const string ListPath = "/silo/v1/credentials";
    private const string ListName = "ListCredentials";
    private const int MaxPageSize = 100;
    private const int MaxDescription = 512;

    public static SesOperation Create { get; } = SesOperation.Of(
        "CreateCredential", "POST", ListPath, AccessJson.Default.CreateCredentialRequest, Make);

    public static SesOperation ImportSmtp { get; } = SesOperation.Of(
        "ImportSmtpCredential", "POST", ListPath + "/smtp", AccessJson.Default.ImportSmtpCredentialRequest, TakeOver);

    public static SesOperation List { get; } = SesOperation.Of(ListName, "GET", ListPath, ReadAll);

    public static SesOperation Get { get; } = SesOperation.Of("GetCredential", "GET", Path, Read);

    /// <summary>The answer to a creation, or why there is none.</summary>
    public static SesAnswer Answer(SesCall call, CredentialCreation creation, string asked, string? tenantName, bool showsSecret) =>
        creation.Result switch
        {
            CredentialResult.Done => SesAnswer.Json(
                new CreateCredentialResponse(
                    CredentialShape.Of(creation.Id!, creation.Document!, call.Services.Time.GetUtcNow()), showsSecret ? creation.Secret : null),
                AccessJson.Default.CreateCredentialResponse),
            CredentialResult.NoSuchTenant => TenantMembers.NotFound(tenantName!),
            CredentialResult.NoSuchKey => NotFound(asked),
            CredentialResult.IdTaken => SesError.AlreadyExists($"Access key {MemberChecks.Shown(asked)} already exists."),
            CredentialResult.SmtpOnly => SesError.Conflict($"Access key {asked} is for SMTP alone: it cannot be rotated, only replaced."),
            CredentialResult.NotEnabled => SesError.Conflict($"Access key {asked} is not enabled, or was rotated before."),
            _ => SesError.LimitExceeded(
                tenantName is null
                    ? $"There are {CredentialResources.MaxOperators} keys of operators: delete one that is not used any more."
                    : $"Tenant {tenantName} has {CredentialResources.MaxPerTenant} keys: delete one that is not used any more."),
        };

    public static SesError NotFound(string id) => SesError.NotFound($"Access key {MemberChecks.Shown(id)} does not exist.");

    /// <summary>The policy as it is to be stored; null for none. The checks say what is wrong with it.</summary>
    public static string? CheckPolicy(SesCall call, JsonElement? policy, CredentialKind kind, MemberChecks checks)
    {
        if (policy is not { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } given) return null;
        new PolicyReader(call.Services.Arns, kind, checks).Read(given);
        return given.GetRawText();
    }

    private static async ValueTask<SesAnswer> Make(SesCall call, CreateCredentialRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        checks.Required(request.Kind, "Kind");
        var wanted = Check(call, request.Kind, request.TenantName, request.Description, request.Policy, checks);
        if (checks.Error is { } refused) return refused;
        var creation = await call.Services.Credentials.Create(wanted, cancellationToken);
        return Answer(call, creation, "", wanted.TenantName, showsSecret: true);
    }

    private static async ValueTask<SesAnswer> TakeOver(SesCall call, ImportSmtpCredentialRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (checks.RequiredText(request.AccessKeyId, "AccessKeyId") && !CredentialDocuments.IsId(request.AccessKeyId))
            checks.Fail("AccessKeyId must have 16 to 128 letters and digits");
        if (checks.RequiredText(request.SmtpPassword, "SmtpPassword")
            && (request.SmtpPassword.Length is < 8 or > 128 || request.SmtpPassword.Any(c => c is <= ' ' or > '~')))
            checks.Fail("SmtpPassword must have 8 to 128 printable characters of ASCII");
        var wanted = Check(call, request.Kind ?? "TENANT", request.TenantName, request.Description, request.Policy, checks);
        if (checks.Error is { } refused) return refused;
        var creation = await call.Services.Credentials.Import(request.AccessKeyId!, request.SmtpPassword!, wanted, cancellationToken);
        return Answer(call, creation, request.AccessKeyId!, wanted.TenantName, showsSecret: false);
    }

    private static NewCredential Check(
        SesCall call, string? kindName, string? tenantName, string? description, JsonElement? policy, MemberChecks checks)
    {
        checks.OneOf(kindName, "Kind", "OPERATOR", "TENANT");
        var kind = kindName == "OPERATOR" ? CredentialKind.Operator : CredentialKind.Tenant;
        if (kindName == "TENANT") TenantMembers.CheckName(tenantName, checks);
        else if (tenantName is not null) checks.Fail("TenantName belongs to keys of kind TENANT");
        checks.Length(description, "Description", 1, MaxDescription);
        return new NewCredential(kind, tenantName)
        {
            Description = description, Policy = CheckPolicy(call, policy, kind, checks),
        };
    }

    private static async ValueTask<SesAnswer> ReadAll(SesCall call, CancellationToken cancellationToken)
    {
        var (checks, credentials, now) = (new MemberChecks(), call.Services.Credentials, call.Services.Time.GetUtcNow());
        var tenantName = call.QueryValue("TenantName", checks);
        if (tenantName is not null && !TenantName.IsValid(tenantName)) TenantMembers.CheckName(tenantName, checks);
        var after = PageToken.Read(ListName, tenantName ?? "", call.QueryValue("NextToken", checks), checks);
        var size = PageToken.Size(call.QueryInt("PageSize", checks), checks, max: MaxPageSize);
        if (checks.Error is { } refused) return refused;
        if (tenantName is not null)
        {
            var page = PageToken.PageOf(
                [.. (await credentials.ListOf(tenantName, cancellationToken)).OrderBy(k => k.Id, StringComparer.Ordinal)], k => k.Id, after, size);
            return Page([.. page.Items.Select(k => CredentialShape.Of(k.Id, k.Document, now))], page.Next);
        }

        var all = await credentials.List(after, size, cancellationToken);
        var shapes = all.Items.Select(k => CredentialShape.Of(k.Id, k.Document, now));
        return Page([.. after is null ? shapes.Prepend(CredentialShape.Root(credentials.Root)) : shapes], all.Next);

        SesAnswer Page(IReadOnlyList<CredentialShape> items, string? next) => SesAnswer.Json(
            new ListCredentialsResponse(items, PageToken.Write(ListName, tenantName ?? "", next)), AccessJson.Default.ListCredentialsResponse);
    }

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        var (id, credentials) = (call.Labels[0], call.Services.Credentials);
        if (id == credentials.Root.Id)
            return SesAnswer.Json(new GetCredentialResponse(CredentialShape.Root(credentials.Root)), AccessJson.Default.GetCredentialResponse);
        return await credentials.Get(id, cancellationToken) is { } document
            ? SesAnswer.Json(
                new GetCredentialResponse(CredentialShape.Of(id, document, call.Services.Time.GetUtcNow())), AccessJson.Default.GetCredentialResponse)
            : NotFound(id);
    }
}
