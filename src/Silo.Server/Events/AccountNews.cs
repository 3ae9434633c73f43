using Silo.Core.Reputation;
using Silo.Core.Tenants;
using Silo.Server.Tenants;
using Silo.Server.Tenants.Embedded;
using Silo.Storage;

namespace Silo.Server.Events;

/// <summary>What the account is told of as an event of its own: default destinations hear of it as of findings.</summary>
internal static partial class AccountNews
{
    /// <summary>What is told of stands in the store already, so a failure keeps nothing from being done: it is logged.</summary>
    /// <returns>Whether it is told.</returns>
    public static async ValueTask<bool> Tell(ITenants tenants, ExternalReport report, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            await tenants.Get(TenantName.Account).TakeReport(report, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is StorageException or ActorBusyException)
        {
            if (report.IsOfIdentity) LogIdentityUntold(logger, e, report.Source);
            else LogUntold(logger, e, report.Source);
            return false;
        }
    }

    [LoggerMessage(7011, LogLevel.Error, "Nobody could be told what happened to the event destination {Destination}")]
    private static partial void LogUntold(ILogger logger, Exception failure, string destination);

    [LoggerMessage(4622, LogLevel.Warning, "Nobody could be told what is wrong with the identity {Name}; the next look at it tells it")]
    private static partial void LogIdentityUntold(ILogger logger, Exception failure, string name);
}
