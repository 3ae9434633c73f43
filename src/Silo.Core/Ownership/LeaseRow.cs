namespace Silo.Core.Ownership;

/// <summary>An incarnation's lease as the database holds it, by the database's clock alone. Its SQL states the same rules.</summary>
/// <param name="SteadySince">From when on no two renewals lay more than half a lease apart.</param>
/// <param name="Taken">Another incarnation took it, or its own gave it up: for good.</param>
public readonly record struct LeaseRow(DateTimeOffset ExpiresAt, DateTimeOffset SteadySince, bool Taken)
{
    /// <param name="lease">More than two intervals between renewals; else no lease would ever be steady.</param>
    public static LeaseRow Begun(DateTimeOffset now, TimeSpan lease) => new(now + lease, now, Taken: false);

    public bool IsLapsed(DateTimeOffset now) => now >= ExpiresAt;

    /// <summary>The row after a renewal; null when it was taken. One that lapsed may be renewed as long as nobody took it.</summary>
    public LeaseRow? Renew(DateTimeOffset now, TimeSpan lease)
    {
        if (Taken) return null;
        return this with { ExpiresAt = now + lease, SteadySince = HasLeft(lease / 2, now) ? SteadySince : now };
    }

    /// <summary>
    /// Whether the incarnation of this row may take over that of <paramref name="other"/>. When the database was out of reach or its
    /// clock was set forward, all leases lapse at once, and whoever comes back first must not end the others: its own renewals tell
    /// that something was wrong, and it waits for a whole lease. Half a lease, so that the others have the other half to renew in
    /// when it was shorter. To be judged in the transaction that takes over: sent in good time, that may have waited for as long as
    /// the database did.
    /// </summary>
    public bool MayTakeOver(LeaseRow other, DateTimeOffset now, TimeSpan lease) =>
        !Taken && HasLeft(lease / 2, now) && now - SteadySince >= lease && !other.Taken && other.IsLapsed(now);

    private bool HasLeft(TimeSpan time, DateTimeOffset now) => ExpiresAt - now >= time;
}
