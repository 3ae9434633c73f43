namespace Silo.LoadTest.Sinks.Accounting;

/// <summary>What can be wrong with what arrived; a closed set.</summary>
internal enum SinkFault
{
    /// <summary>Accepted by the server, and neither delivered nor refused for good here.</summary>
    Lost,

    /// <summary>Delivered again, and not marked as a possible duplicate.</summary>
    Duplicate,

    /// <summary>Sent in the name of another tenant.</summary>
    WrongTenant,

    /// <summary>The content that one recipient got was meant for another.</summary>
    WrongContent,

    /// <summary>Began after a later message of its lane.</summary>
    Order,

    /// <summary>No signature, not one of the tenant's domain, or not of this content.</summary>
    Dkim,

    /// <summary>Delivered although the server had said no to whoever sent it.</summary>
    NotAccepted,

    /// <summary>Without a mark, of another run, or with a number beyond what is kept.</summary>
    Unmarked,
}

/// <param name="Examples">The first few, in words.</param>
internal sealed record SinkViolation(SinkFault Fault, long Count, IReadOnlyList<string> Examples);

/// <param name="Begun">Messages of which an attempt was seen, once each.</param>
/// <param name="Delivered">Messages that were taken, once each.</param>
/// <param name="Again">Deliveries beyond the first of a message.</param>
/// <param name="Refused">Messages that were refused for good here.</param>
/// <param name="Lost">0 when nothing is known of what was sent.</param>
internal readonly record struct LaneTally(int Tenant, int Lane, long Begun, long Delivered, long Again, long Refused, long Lost);

/// <summary>What a sink saw, held against what was sent.</summary>
/// <param name="Lanes">In order of tenant and lane.</param>
/// <param name="Violations">Only kinds that were seen.</param>
internal sealed record SinkTally(
    SinkCounts Counts, long Delivered, long Again, long AgainMarked, long Refused, long Lost, IReadOnlyList<LaneTally> Lanes,
    IReadOnlyList<SinkViolation> Violations)
{
    public bool IsClean => Violations.Count == 0;

    public long Of(SinkFault fault) => Violations.FirstOrDefault(v => v.Fault == fault)?.Count ?? 0;

    /// <summary>By tenant: the sums of its lanes, with lane -1.</summary>
    public IEnumerable<LaneTally> Tenants() => Lanes.GroupBy(l => l.Tenant).Select(g => g.Aggregate(
        new LaneTally(g.Key, -1, 0, 0, 0, 0, 0),
        (sum, l) => sum with
        {
            Begun = sum.Begun + l.Begun, Delivered = sum.Delivered + l.Delivered, Again = sum.Again + l.Again,
            Refused = sum.Refused + l.Refused, Lost = sum.Lost + l.Lost,
        }));
}
