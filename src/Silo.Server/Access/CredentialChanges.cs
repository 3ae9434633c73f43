using Silo.Server.SesApi;

namespace Silo.Server.Access;

/// <summary>What is done with an access key while it lives. The root key is managed where it stands, and by nobody here.</summary>
internal static class CredentialChanges
{
    private const long UsualOverlap = 24 * 60 * 60;

    public static SesOperation PutStatus { get; } = SesOperation.Of(
        "PutCredentialStatus", "PUT", CredentialOperations.Path + "/status", AccessJson.Default.PutCredentialStatusRequest, SetStatus);

    public static SesOperation PutPolicy { get; } = SesOperation.Of(
        "PutCredentialPolicy", "PUT", CredentialOperations.Path + "/policy", AccessJson.Default.PutCredentialPolicyRequest, SetPolicy);

    public static SesOperation Rotate { get; } = SesOperation.Of(
        "RotateCredential", "POST", CredentialOperations.Path + "/rotate", AccessJson.Default.RotateCredentialRequest, MakeSecond);

    public static SesOperation Delete { get; } = SesOperation.Of("DeleteCredential", "DELETE", CredentialOperations.Path, Remove);

    private static async ValueTask<SesAnswer> SetStatus(SesCall call, PutCredentialStatusRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (checks.Required(request.Status, "Status")) checks.OneOf(request.Status, "Status", "ENABLED", "DISABLED");
        if (Refuse(call, checks) is { } refused) return refused;
        return await call.Services.Credentials.Change(
            call.Labels[0], d => d with { IsDisabled = request.Status == "DISABLED" }, cancellationToken)
            ? SesAnswer.Empty
            : CredentialOperations.NotFound(call.Labels[0]);
    }

    private static async ValueTask<SesAnswer> SetPolicy(SesCall call, PutCredentialPolicyRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (Refuse(call, checks) is { } refused) return refused;
        if (await call.Services.Credentials.Get(call.Labels[0], cancellationToken) is not { } document)
            return CredentialOperations.NotFound(call.Labels[0]);
        var policy = CredentialOperations.CheckPolicy(call, request.Policy, document.Kind, checks);
        if (checks.Error is { } wrong) return wrong;
        return await call.Services.Credentials.Change(call.Labels[0], d => d with { Policy = policy }, cancellationToken)
            ? SesAnswer.Empty
            : CredentialOperations.NotFound(call.Labels[0]);
    }

    private static async ValueTask<SesAnswer> MakeSecond(SesCall call, RotateCredentialRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        checks.Range(request.OldKeyValidSeconds, "OldKeyValidSeconds", 0, (long)CredentialResources.MaxOverlap.TotalSeconds);
        if (Refuse(call, checks) is { } refused) return refused;
        var endsAt = call.Services.Time.GetUtcNow() + TimeSpan.FromSeconds(request.OldKeyValidSeconds ?? UsualOverlap);
        var old = await call.Services.Credentials.Get(call.Labels[0], cancellationToken);
        var creation = await call.Services.Credentials.Rotate(call.Labels[0], endsAt, cancellationToken);
        return CredentialOperations.Answer(call, creation, call.Labels[0], old?.TenantName, showsSecret: true);
    }

    private static async ValueTask<SesAnswer> Remove(SesCall call, CancellationToken cancellationToken)
    {
        if (Refuse(call, new MemberChecks()) is { } refused) return refused;
        return await call.Services.Credentials.Delete(call.Labels[0], cancellationToken)
            ? SesAnswer.Empty
            : CredentialOperations.NotFound(call.Labels[0]);
    }

    private static SesError? Refuse(SesCall call, MemberChecks checks)
    {
        if (call.Labels[0] == call.Services.Credentials.Root.Id)
            checks.Fail("AccessKeyId is the root key's: it is changed in the configuration, or where the first start put it");
        return checks.Error;
    }
}
