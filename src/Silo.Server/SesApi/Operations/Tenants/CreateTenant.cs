using CreateTenantCommand = Silo.Server.Tenants.CreateTenant;
using CreateTenantResult = Silo.Server.Tenants.CreateTenantResult;

namespace Silo.Server.SesApi.Operations.Tenants;

internal static class CreateTenant
{
    private const int IdBytes = 15;

    public static SesOperation Operation { get; } = SesOperation.Of(
        "CreateTenant", "POST", "/v2/email/tenants", SesJson.Default.CreateTenantRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CreateTenantRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        TenantMembers.CheckName(request.TenantName, checks);
        var tags = TagRules.Check(request.Tags, checks);
        var attributes = request.SuppressionAttributes;
        var suppression = TenantMembers.CheckSuppression(
            attributes?.SuppressedReasons, attributes?.SuppressionScope, "SuppressionAttributes.", checks);
        if (checks.Error is { } refused) return refused;

        var name = request.TenantName!;
        var command = new CreateTenantCommand(NewId(call), suppression, tags);
        var reply = await call.Services.Tenants.Get(name).Create(command, cancellationToken);
        if (reply.Result == CreateTenantResult.NameTaken)
            return SesError.AlreadyExists($"Tenant with name {name} already exists in account {call.Services.Arns.AccountId}");
        if (reply is not { Result: CreateTenantResult.Created, Tenant: { } tenant })
            return SesError.LimitExceeded($"The account has reached its limit of {call.Services.Options.Account.MaxTenants} tenants.");
        return SesAnswer.Json(
            new CreateTenantResponse(
                tenant.Name, tenant.TenantId, tenant.Arn, EpochSeconds.From(tenant.CreatedAt), TagRules.ToWire(tags),
                SendingStatusName.Of(tenant.Standing.Aggregate), TenantMembers.ToWire(tenant.Suppression)),
            SesJson.Default.CreateTenantResponse);
    }

    private static string NewId(SesCall call)
    {
        Span<byte> bytes = stackalloc byte[IdBytes];
        call.Services.Random.GetBytes(bytes);
        return "tn-" + Convert.ToHexStringLower(bytes);
    }
}

internal sealed record CreateTenantRequest(
    string? TenantName, IReadOnlyList<Tag?>? Tags, TenantSuppressionAttributes? SuppressionAttributes);

internal sealed record CreateTenantResponse(
    string TenantName, string TenantId, string TenantArn, decimal CreatedTimestamp, IReadOnlyList<Tag> Tags, string SendingStatus,
    TenantSuppressionAttributes? SuppressionAttributes);
