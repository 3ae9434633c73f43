namespace Silo.Server.Tenants;

/// <summary>What hosts the tenants' actors: this process on its own, or a cluster.</summary>
public interface IEngine
{
    /// <summary>True: nobody else acts for tenants, so all mail that is queued is this process's from the start.</summary>
    bool IsAlone { get; }

    /// <summary>Lets actors go that were not called for a while.</summary>
    Task CollectIdle(CancellationToken cancellationToken);

    /// <summary>Saves what actors hold in memory, at the end.</summary>
    ValueTask SaveAll();
}
