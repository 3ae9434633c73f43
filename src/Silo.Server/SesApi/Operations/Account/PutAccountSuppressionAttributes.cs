using Silo.Server.Accounts;
using Silo.Server.SesApi.Operations.ConfigurationSets;

namespace Silo.Server.SesApi.Operations.Account;

/// <summary>For which reasons the account's list is checked and added to; absent or empty reasons turn it off.</summary>
internal static class PutAccountSuppressionAttributes
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutAccountSuppressionAttributes", "PUT", "/v2/email/account/suppression",
        SesJson.Default.PutAccountSuppressionAttributesRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, PutAccountSuppressionAttributesRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var reasons = SuppressionReasons.Check(request.SuppressedReasons, "SuppressedReasons", checks) ?? [];
        ConfigurationSetMembers.Check(request.ValidationAttributes, "ValidationAttributes", checks);
        if (checks.Error is { } refused) return refused;
        var change = await call.Services.Account.ChangeSettings(
            settings => settings with { SuppressedReasons = reasons, SuppressionValidation = request.ValidationAttributes }, cancellationToken);
        return change == ResourceChange.Done ? SesAnswer.Empty : SesError.ConcurrentModification("The account");
    }
}

internal sealed record PutAccountSuppressionAttributesRequest(
    IReadOnlyList<string?>? SuppressedReasons, SuppressionValidationOptions? ValidationAttributes);
