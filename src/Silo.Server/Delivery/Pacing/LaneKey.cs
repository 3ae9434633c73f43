using System.Collections.Frozen;
using Silo.Core.Addresses;
using Silo.Core.Pacing;
using Silo.Core.Tenants;
using Silo.Storage;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// What mail of one tenant has in common that leaves in its order: other mail does not wait for it. Of a unit it changes by an order to
/// reroute and by overflow, which take it out of its lane before, so that none can be in two; and for all units at once with the domains.
/// </summary>
/// <param name="Pool">By which the unit leaves; null when nobody chose one.</param>
internal readonly record struct LaneKey(MailStream Stream, string? Pool, MailboxProvider Provider)
{
    /// <summary>
    /// The sending domain, or <see cref="WarmUpLedger.OtherDomains"/> for mail that does not tell it. Null while the tenant does not warm
    /// up by domain, for domains that have not begun or share a warm-up, and for mail that overflows.
    /// </summary>
    public string? SendingDomain { get; init; }

    /// <summary>Its mail leaves by another pool than it names: no warm-up is asked for it.</summary>
    public bool Overflows { get; init; }

    /// <param name="domains">As <see cref="SendingTerms.WarmUpDomains"/>.</param>
    public static LaneKey Of(QueuedUnit unit, FrozenSet<string>? domains) =>
        new(unit.Stream, unit.LeavesBy, MailboxProvider.Of(unit.Recipient, unit.Provider))
        {
            Overflows = unit.OverflowPool is not null, SendingDomain = unit.OverflowPool is null ? DomainOf(unit, domains) : null,
        };

    private static string? DomainOf(QueuedUnit unit, FrozenSet<string>? domains) =>
        domains is null ? null
        : unit.SendingDomain is not { } domain ? WarmUpLedger.OtherDomains
        : domains.Contains(domain) ? domain : null;
}
