namespace Silo.Core.Pacing;

/// <summary>A place where mail can have to wait: the account, a pool, a route, a tenant, a tenant × provider. It has a budget.</summary>
public abstract class PacingLevel
{
    private protected PacingLevel(string name, Budget budget) => (Name, Budget) = (name, budget);

    /// <summary>As people read it: "account", "pool default", "10.0.0.1 × Gmail".</summary>
    public string Name { get; }

    public Budget Budget { get; }

    /// <summary>Since when the budget lets nothing go while mail waits for it; null while it does.</summary>
    public DateTimeOffset? BlockedSince { get; internal set; }

    internal bool IsBlocked => BlockedSince is not null;
}
