using Silo.Server.Access;
using Silo.Server.SesApi;

namespace Silo.Server.CallLimits;

/// <summary>What calls are counted together.</summary>
internal enum CallKind
{
    /// <summary>Paced by the tenant, and counted nowhere here.</summary>
    Send,
    Read,
    Change,
    Costly,
}

internal static class CallKinds
{
    public static CallKind Of(SesOperation operation)
    {
        var access = OperationTable.Of(operation);
        if (access.Right == TenantRight.Send) return CallKind.Send;
        if (operation.MostAtOnce is not null) return CallKind.Costly;
        return access.Changes ? CallKind.Change : CallKind.Read;
    }
}
