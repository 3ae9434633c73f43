namespace Silo.Server.Tenants;

/// <summary>What hosts the tenants' actors: this process on its own, or a cluster.</summary>
public interface IEngine
{
    /// <summary>True: nobody else acts for tenants, so all mail that is queued is this process's from the start.</summary>
    bool IsAlone { get; }

    /// <summary>Tenants can be reached through it now; false while it is not part of its cluster.</summary>
    bool IsReachable { get; }

    /// <summary>Tenants in this process's memory.</summary>
    int ActiveTenants { get; }

    /// <summary>Lets actors go that were not called for a while.</summary>
    Task CollectIdle(CancellationToken cancellationToken);

    /// <summary>Saves what actors hold in memory, at the end.</summary>
    ValueTask SaveAll();
}
