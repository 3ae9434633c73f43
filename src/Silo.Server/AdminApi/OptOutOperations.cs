using Silo.Core.Addresses;
using Silo.Core.Contacts;
using Silo.Core.Tenants;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Tenants;

namespace Silo.Server.AdminApi;

/// <summary>Who wants no bulk mail of a tenant: by one click where mail names no contact list, or by a call.</summary>
internal static class OptOutOperations
{
    private const string Path = "/silo/v1/tenants/{TenantName}/opt-outs";
    private const string AddressPath = Path + "/{EmailAddress}";
    private const string ListName = "ListOptOuts";

    public static SesOperation List { get; } = SesOperation.Of(ListName, "GET", Path, HandleList);

    public static SesOperation Put { get; } = SesOperation.Of("PutOptOut", "PUT", AddressPath, HandlePut);

    public static SesOperation Delete { get; } = SesOperation.Of("DeleteOptOut", "DELETE", AddressPath, HandleDelete);

    private static async ValueTask<SesAnswer> HandleList(SesCall call, CancellationToken cancellationToken)
    {
        var (name, checks) = (call.Labels[0], new MemberChecks());
        var pageSize = PageToken.Size(call.QueryInt("PageSize", checks), checks);
        var after = PageToken.Read(ListName, name, call.QueryValue("NextToken", checks), checks);
        if (checks.Error is { } refused) return refused;
        if (await NoSuchTenant(call, name, cancellationToken) is { } missing) return missing;
        var page = await call.Services.Store.OptOuts.List(name, after, pageSize, cancellationToken);
        return SesAnswer.Json(
            new ListOptOutsResponse(
                [.. page.Items.Select(o => new OptOutShape(o.Address, EpochSeconds.From(o.At), o.MessageId))],
                PageToken.Write(ListName, name, page.Next)),
            AdminJson.Default.ListOptOutsResponse);
    }

    private static async ValueTask<SesAnswer> HandlePut(SesCall call, CancellationToken cancellationToken)
    {
        var (name, address) = (call.Labels[0], call.Labels[1]);
        if (!EmailAddress.TryParse(address, out _))
            return SesError.BadRequest("1 validation error detected: EmailAddress must be an address of the form local@domain");
        if (await NoSuchTenant(call, name, cancellationToken) is { } missing) return missing;
        await call.Services.Store.OptOuts.Add(name, new OptOut(address, call.Services.Time.GetUtcNow(), null), cancellationToken);
        return SesAnswer.Empty;
    }

    private static async ValueTask<SesAnswer> HandleDelete(SesCall call, CancellationToken cancellationToken)
    {
        var (name, address) = (call.Labels[0], call.Labels[1]);
        if (await NoSuchTenant(call, name, cancellationToken) is { } missing) return missing;
        return await call.Services.Store.OptOuts.Delete(name, address, cancellationToken)
            ? SesAnswer.Empty
            : SesError.NotFound($"{MemberChecks.Shown(address)} has not opted out of mail of {name}.");
    }

    private static async ValueTask<SesError?> NoSuchTenant(SesCall call, string name, CancellationToken cancellationToken) =>
        (TenantName.IsValid(name) || name == TenantName.Account) && await call.Services.Tenants.Get(name).Describe(cancellationToken) is not null
            ? null
            : TenantMembers.NotFound(MemberChecks.Shown(name));
}

/// <param name="MessageId">The message whose link it came by; absent when a call put it there.</param>
internal sealed record OptOutShape(string EmailAddress, decimal Timestamp, string? MessageId);

internal sealed record ListOptOutsResponse(IReadOnlyList<OptOutShape> OptOuts, string? NextToken);
