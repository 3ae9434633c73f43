namespace Silo.LoadTest.Sinks.Accounting;

/// <summary>
/// What the server itself says may have left twice. Nothing of it stands in the mail: Silo keeps it as an event of the unit and counts it
/// in the tenant's books and in its metrics, so whoever runs a load asks for it there. Each duplicate takes one mark, the most exact first.
/// </summary>
/// <param name="Messages">By lane and number.</param>
/// <param name="ByTenant">How many of a tenant, where only that is known.</param>
/// <param name="Anywhere">How many in all, where only that is known.</param>
internal sealed record PossibleDuplicates(
    IReadOnlySet<(int Lane, long Number)> Messages, IReadOnlyDictionary<int, long> ByTenant, long Anywhere)
{
    public static PossibleDuplicates None { get; } = new(new HashSet<(int, long)>(), new Dictionary<int, long>(), 0);

    public static PossibleDuplicates InAll(long count) => None with { Anywhere = count };
}
