namespace Silo.Core.Blocklists;

/// <summary>What became of the listing of an address or a domain by one list.</summary>
public enum ListingStep
{
    None,
    Opened,
    Closed,
}

/// <summary>An address or a domain and what the lists say of it. Stored as JSON: members may be added, and must be optional.</summary>
public sealed record SubjectListings
{
    /// <summary>Listings that are over and are remembered.</summary>
    public const int MaxPast = 20;

    /// <summary>The address in its canonical form, or the domain.</summary>
    public required string Subject { get; init; }

    public BlocklistKind Kind { get; init; }

    /// <summary>Of an address, the pool that it was in when it was looked at last.</summary>
    public string? Pool { get; init; }

    /// <summary>By the name of the list.</summary>
    public IReadOnlyList<ZoneListing> Zones { get; init; } = [];

    /// <summary>The newest last.</summary>
    public IReadOnlyList<PastListing> Past { get; init; } = [];

    public DateTimeOffset? LookedAt { get; init; }

    public bool IsListed => Zones.Any(z => z.IsListed);

    public ZoneListing? Find(string zone) => Zones.FirstOrDefault(z => z.Zone == zone);

    /// <summary>Takes an answer. An error changes nothing but what is said of the error.</summary>
    public (SubjectListings Next, ListingStep Step) Apply(string zone, BlocklistAnswer answer, DateTimeOffset now)
    {
        var before = Find(zone) ?? new ZoneListing { Zone = zone };
        if (answer.Kind == BlocklistAnswerKind.Error)
            return (With(before with { Problem = answer.Problem, ProblemAt = now }), ListingStep.None);
        var after = before with { AnsweredAt = now, Problem = null, ProblemAt = null };
        if (answer.Kind == BlocklistAnswerKind.Listed)
        {
            after = after with { ListedAt = before.ListedAt ?? now, Codes = answer.Codes };
            return (With(after), before.IsListed ? ListingStep.None : ListingStep.Opened);
        }

        if (!before.IsListed) return (With(after), ListingStep.None);
        return (With(after with { ListedAt = null, Codes = null }).Remember(before, now), ListingStep.Closed);
    }

    /// <summary>Lists that are not asked any more are forgotten, but for what a tenant still has to be told.</summary>
    public SubjectListings Keep(IReadOnlyCollection<string> zones, DateTimeOffset now)
    {
        var next = this;
        foreach (var gone in Zones.Where(z => !zones.Contains(z.Zone)))
        {
            if (gone.IsListed) next = next.Remember(gone, now);
            next = next with
            {
                Zones = [.. next.Zones.Where(z => z.Zone != gone.Zone)
                    .Concat(gone.ToldTo is null ? [] : [new ZoneListing { Zone = gone.Zone, ToldTo = gone.ToldTo, ToldAt = gone.ToldAt }])],
            };
        }

        return next;
    }

    public SubjectListings With(ZoneListing zone) =>
        this with { Zones = [.. Zones.Where(z => z.Zone != zone.Zone).Append(zone).OrderBy(z => z.Zone, StringComparer.Ordinal)] };

    private SubjectListings Remember(ZoneListing listing, DateTimeOffset now) => this with
    {
        Past = [.. Past.Append(new PastListing(listing.Zone, listing.ListedAt!.Value, now, listing.Codes)).TakeLast(MaxPast)],
    };
}

/// <summary>What one list says.</summary>
public sealed record ZoneListing
{
    /// <summary>A tenant is told of a listing so often while it lasts; untold for three days it ends by itself.</summary>
    public static readonly TimeSpan TellAgainAfter = TimeSpan.FromHours(20);

    public required string Zone { get; init; }

    /// <summary>Since when it is listed, as far as we know; null when it is not.</summary>
    public DateTimeOffset? ListedAt { get; init; }

    public string? Codes { get; init; }

    /// <summary>When the list was last asked and answered; null when it never did.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }

    /// <summary>Why there was no answer last time; null when there was one.</summary>
    public string? Problem { get; init; }

    public DateTimeOffset? ProblemAt { get; init; }

    /// <summary>The tenant that was told of the listing, and is to be told of its end.</summary>
    public string? ToldTo { get; init; }

    public DateTimeOffset? ToldAt { get; init; }

    public bool IsListed => ListedAt is not null;

    /// <summary>Whom to tell that it is listed now; null for nobody.</summary>
    /// <param name="owner">The one tenant whose finding it is; null when there is none.</param>
    /// <remarks>While the list does not answer nothing is told again: a list that is gone keeps nobody paused.</remarks>
    public string? ToTell(string? owner, DateTimeOffset now)
    {
        if (owner is null || !IsListed) return null;
        if (ToldTo != owner || ToldAt is not { } told) return owner;
        return Problem is null && (now - told).Duration() >= TellAgainAfter ? owner : null;
    }

    /// <summary>Whom to tell that it is not listed any more, or that it is not its own any more; null for nobody.</summary>
    public string? ToTakeBack(string? owner) => ToldTo is not null && (!IsListed || ToldTo != owner) ? ToldTo : null;
}

/// <param name="ListedAt">When it was found listed.</param>
/// <param name="EndedAt">When it was found not to be any more, or was not asked about any more.</param>
public sealed record PastListing(string Zone, DateTimeOffset ListedAt, DateTimeOffset EndedAt, string? Codes);
