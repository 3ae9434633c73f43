namespace Silo.Core.Pacing;

/// <summary>
/// The mail of one tenant × stream × pool × provider. Pacing knows how many units of it are due; which they are, and their order, is
/// the caller's. Made by <see cref="EgressScheduler.AddLane"/>.
/// </summary>
public sealed class Lane
{
    internal Lane(PacedTenant tenant, MailStream stream, Turn leaf, ProviderLevel? provider) =>
        (Tenant, Stream, Leaf, Provider) = (tenant, stream, leaf, provider);

    public PacedTenant Tenant { get; }

    public MailStream Stream { get; }

    /// <summary>The narrowest shared level that the mail goes through: a route, or a pool or the account when there is none narrower.</summary>
    public SharedLevel Level => Leaf.Level;

    /// <summary>The tenant's own budget for the provider; null when it has none.</summary>
    public ProviderLevel? Provider { get; }

    /// <summary>Units that may leave as soon as the budgets allow.</summary>
    public int Due { get; private set; }

    /// <summary>Units reserved or started, and neither returned nor ended.</summary>
    public int InFlight { get; internal set; }

    internal Turn Leaf { get; }

    /// <summary>The place of the source that the next units are to leave by, and how many units that holds for; 0 when it does not matter.</summary>
    internal (int Place, int Run) Preferred { get; set; }

    /// <summary>Where it waits; null when it waits at <see cref="Provider"/>, or nothing is due.</summary>
    internal Turn? WaitsAt { get; set; }

    internal DateTimeOffset WaitsSince { get; set; }

    internal Lane? Before { get; set; }

    internal Lane? After { get; set; }

    internal void ChangeDue(int count)
    {
        var wasDue = Due > 0;
        Due += count;
        for (var turn = Leaf; turn is not null; turn = turn.Parent)
        {
            turn.Level.DueUnits += count;
            if (wasDue != Due > 0) turn.CountDue(Stream, wasDue ? -1 : 1);
        }
    }
}
