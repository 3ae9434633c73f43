using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.ConfigurationSets;

/// <summary>What a set says of suppression in place of the tenant and the account; what is absent it does not say.</summary>
internal static class PutConfigurationSetSuppressionOptions
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutConfigurationSetSuppressionOptions", "PUT", GetConfigurationSet.Path + "/suppression-options",
        SesJson.Default.PutConfigurationSetSuppressionOptionsRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, PutConfigurationSetSuppressionOptionsRequest request, CancellationToken cancellationToken)
    {
        var (name, checks) = (call.Labels[0], new MemberChecks());
        if (!ConfigurationSet.IsValidName(name)) return ConfigurationSetMembers.NotFound(name);
        var reasons = SuppressionReasons.Check(request.SuppressedReasons, "SuppressedReasons", checks);
        checks.OneOf(request.SuppressionScope, "SuppressionScope", "TENANT", "ACCOUNT");
        ConfigurationSetMembers.Check(request.ValidationOptions, "ValidationOptions", checks);
        if (checks.Error is { } refused) return refused;
        var options = reasons is null && request is { SuppressionScope: null, ValidationOptions: null }
            ? null
            : new SuppressionOptions(reasons, request.SuppressionScope, request.ValidationOptions);
        return await call.Services.Account.Change(name, set => set with { SuppressionOptions = options }, cancellationToken) switch
        {
            ResourceChange.Done => SesAnswer.Empty,
            ResourceChange.NotFound => ConfigurationSetMembers.NotFound(name),
            _ => SesError.ConcurrentModification($"Configuration set {name}"),
        };
    }
}

internal sealed record PutConfigurationSetSuppressionOptionsRequest(
    string? SuppressionScope, IReadOnlyList<string?>? SuppressedReasons, SuppressionValidationOptions? ValidationOptions);
