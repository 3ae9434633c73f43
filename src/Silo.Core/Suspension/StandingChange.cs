namespace Silo.Core.Suspension;

/// <summary>One record changed its status: one event.</summary>
/// <param name="Record">As it is now, with cause and time.</param>
/// <param name="OldAggregate">Before this transition.</param>
/// <param name="NewAggregate">After it; equal to the old one when the other record decides.</param>
public readonly record struct StandingTransition(
    StatusOrigin Origin, StatusRecord Record, SendingStatus OldAggregate, SendingStatus NewAggregate)
{
    public bool Stops => OldAggregate != SendingStatus.Disabled && NewAggregate == SendingStatus.Disabled;

    public bool Resumes => OldAggregate == SendingStatus.Disabled && NewAggregate != SendingStatus.Disabled;
}

/// <summary>What a rule decided: the standing to store, and what to tell.</summary>
/// <param name="Next">The same instance as before when nothing changed.</param>
/// <param name="Transitions">Of the two records, in order; usually none or one.</param>
/// <param name="CountFrom">
/// Not null when the tenant was reinstated: to be stored as an event and given to <see cref="Reputation.ReputationCounters.CountNewFrom"/>.
/// </param>
public sealed record StandingChange(
    TenantStanding Next, IReadOnlyList<StandingTransition> Transitions, DateTimeOffset? CountFrom = null)
{
    /// <summary>Sending has to stop: the gate closes before this is stored.</summary>
    public bool Stops => Transitions.Any(transition => transition.Stops);

    public bool Resumes => Transitions.Any(transition => transition.Resumes);
}
