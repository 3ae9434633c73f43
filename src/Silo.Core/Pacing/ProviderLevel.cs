namespace Silo.Core.Pacing;

/// <summary>One tenant × mailbox provider, with a budget of its own (a warm-up, say). Made by <see cref="EgressScheduler.AddProvider"/>.</summary>
public sealed class ProviderLevel : PacingLevel
{
    private LaneRings _waiting;

    internal ProviderLevel(string name, Budget budget, PacedTenant tenant)
        : base(name, budget) => Tenant = tenant;

    public PacedTenant Tenant { get; }

    internal ref LaneRings Waiting => ref _waiting;
}
