using Silo.Server.CallLimits;
using Silo.Server.Retention;
using Silo.Server.SesApi;
using Silo.Storage;

namespace Silo.Server.Access;

/// <summary>
/// Between a verified request and its operation, of the API and of the console: nobody gets past who may not or who calls too often, and
/// nothing is changed without a record of it that stands on disk before. Decisions 0019, 0029.
/// </summary>
internal sealed partial class OperationGuard(
    Authorization authorization, CallLimiter limiter, ISiloStore store, TimeProvider time, ILogger<OperationGuard> log)
{
    public async ValueTask<SesAnswer> Run(SesOperation operation, SesCall call, string requestId, CancellationToken cancellationToken)
    {
        using var pass = limiter.Take(call.Caller.Key, operation);
        if (pass.Refusal is { } refusal) return refusal;
        var access = OperationTable.Of(operation);
        // A send is decided on by the intake, which knows what the message uses.
        var isDecidedHere = access.Right == TenantRight.Send
            ? access.Tenant == TenantPlace.Body && call.Caller.Kind == CredentialKind.Tenant
            : call.Caller.Kind != CredentialKind.Root;
        var subject = isDecidedHere || access.Changes ? OperationSubject.Of(operation, access, call) : default;
        if (isDecidedHere && Decide(operation, access, subject, call) is { } denied)
        {
            LogDenied(log, call.Caller.KeyId, operation.Name, requestId);
            return SesError.AccessDenied(denied);
        }

        if (operation.Handle is null) return SesError.UnknownOperation($"{operation.Name} is not available here.");
        if (!access.Changes) return await operation.Handle(call, cancellationToken);
        // The record of an erasure must not be what keeps the address.
        var resource = operation == ErasureOperations.Create ? null : subject.Resource;
        var id = await store.Audit.Begin(
            new AuditEntry(
                time.GetUtcNow(), requestId, call.Caller.KeyId, (int)call.Caller.Kind, operation.Name, resource, subject.TenantName,
                call.Caller.Address),
            cancellationToken);
        // When this throws, nobody knows whether the change holds, and the record says so by having no result.
        var answer = await operation.Handle(call, cancellationToken);
        await End(id, answer, requestId);
        return answer;
    }

    private string? Decide(SesOperation operation, OperationAccess access, OperationSubject subject, SesCall call)
    {
        // Of a send with many recipients the tenant is known here already; what else it needs the intake asks.
        if (access.Right == TenantRight.Send && subject.TenantName == call.Caller.TenantName) return null;
        return authorization.Decide(
            call.Caller,
            new AccessRequest(OperationTable.ActionOf(operation), subject.Resource is null ? [] : [subject.Resource], subject.TenantName)
            {
                IsForTenants = access.Right == TenantRight.Own, GivesRights = OperationTable.GivesRights(operation),
            }).Denial;
    }

    private async ValueTask End(long id, SesAnswer answer, string requestId)
    {
        try
        {
            // The change is made: whether its caller still waits is no matter.
            await store.Audit.End(id, new AuditResult(answer.Error?.Status ?? 200, answer.Error?.Code), CancellationToken.None);
        }
        catch (StorageException e)
        {
            LogNoResult(log, e, requestId);
        }
    }

    [LoggerMessage(EventId = 4102, Level = LogLevel.Information, Message = "Access key {KeyId} may not do {Operation} (request {RequestId})")]
    private static partial void LogDenied(ILogger logger, string keyId, string operation, string requestId);

    [LoggerMessage(
        EventId = 4103, Level = LogLevel.Warning,
        Message = "The result of request {RequestId} is missing in the audit log; that it was made is there")]
    private static partial void LogNoResult(ILogger logger, Exception failure, string requestId);
}
