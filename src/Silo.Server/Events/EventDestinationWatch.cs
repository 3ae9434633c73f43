using System.Collections.Frozen;
using System.Text.Json;
using Silo.Storage;

namespace Silo.Server.Events;

/// <summary>
/// The enabled destinations of the platform in memory, at most some two seconds behind the store. Answers cost no I/O, and next to nothing
/// without destinations. Safe for several threads.
/// </summary>
public sealed class EventDestinationWatch : IDisposable
{
    private const int PageSize = 1_000;

    private readonly SemaphoreSlim _refreshing = new(1);
    private Dictionary<string, (DateTimeOffset CreatedAt, long Version, IReadOnlyList<ScopedDestination> Destinations)> _read = [];
    private volatile State _state = State.None;

    /// <summary>Enabled destinations that all mail is told to; empty on most platforms.</summary>
    public IReadOnlyList<ScopedDestination> Defaults => _state.Defaults.Destinations;

    /// <summary>Every enabled destination, the default ones among them.</summary>
    public IReadOnlyList<ScopedDestination> All => _state.All;

    /// <summary>Those that the service disabled, in the order of their sets; the default ones first.</summary>
    public IReadOnlyList<ScopedDestination> GivenUp => _state.GivenUp;

    /// <summary>Nobody is told of anything.</summary>
    public bool IsEmpty => _state.All.Count == 0;

    /// <summary>Enabled destinations of a set, without the default ones.</summary>
    public IReadOnlyList<ScopedDestination> Of(string configurationSetName) =>
        _state.Sets.TryGetValue(configurationSetName, out var set) ? set.Destinations : [];

    /// <summary>Somebody wants to be told of this type about mail of this set; null for mail without one.</summary>
    public bool Wants(string? configurationSetName, SesEventType type) => (WantedOf(configurationSetName) & (1 << (int)type)) != 0;

    /// <summary>Somebody wants to be told of anything about mail of this set.</summary>
    public bool WantsMail(string? configurationSetName) => WantedOf(configurationSetName) != 0;

    /// <summary>The same of mail of which it is not known at hand what set it is of.</summary>
    public bool WantsAnywhere(SesEventType type) => (_state.Anywhere & (1 << (int)type)) != 0;

    /// <summary>Somebody is to be told of tenants' status and findings.</summary>
    public bool WantsTenants => _state.Defaults.Destinations.Count > 0;

    /// <summary>Reads what stands in the store now; documents that have not changed are not parsed again.</summary>
    public async ValueTask Refresh(IResourceStore store, CancellationToken cancellationToken)
    {
        await _refreshing.WaitAsync(cancellationToken);
        try
        {
            var read = new Dictionary<string, (DateTimeOffset, long, IReadOnlyList<ScopedDestination>)>(StringComparer.Ordinal);
            var changed = false;
            string? after = null;
            do
            {
                var page = await store.List(ResourceKind.EventDestinations, after, null, PageSize, cancellationToken);
                foreach (var stored in page.Items)
                {
                    // One that was made again under its name begins at the first version again.
                    var known = _read.TryGetValue(stored.Name, out var before) && before.Version == stored.Version
                        && before.CreatedAt == stored.CreatedAt;
                    read[stored.Name] = known ? before : (stored.CreatedAt, stored.Version, DestinationsOf(stored));
                    changed |= !known;
                }

                after = page.Next;
            }
            while (after is not null);
            changed |= read.Count != _read.Count;
            _read = read;
            if (changed) _state = State.Of(read.Values.SelectMany(r => r.Item3));
        }
        finally
        {
            _refreshing.Release();
        }
    }

    public void Dispose() => _refreshing.Dispose();

    private int WantedOf(string? configurationSetName)
    {
        var state = _state;
        return configurationSetName is not null && state.Sets.TryGetValue(configurationSetName, out var set)
            ? state.Defaults.Wanted | set.Wanted
            : state.Defaults.Wanted;
    }

    /// <summary>Those that are enabled or given up. One of a newer release that this one cannot read is left to that.</summary>
    private static IReadOnlyList<ScopedDestination> DestinationsOf(StoredResource stored)
    {
        var setName = stored.Name == EventDestinationResources.Defaults ? null : stored.Name;
        try
        {
            return
            [
                .. EventDestinationDocument.Read(stored.Document).Destinations.Where(d => d.Enabled || d.DisabledAt is not null)
                    .Select(d => new ScopedDestination(setName, d)),
            ];
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return [];
        }
    }

    private sealed record Scope(IReadOnlyList<ScopedDestination> Destinations, int Wanted)
    {
        public static Scope Of(IEnumerable<ScopedDestination> destinations)
        {
            ScopedDestination[] all = [.. destinations];
            return new Scope(all, all.SelectMany(d => d.Destination.MatchingEventTypes).Aggregate(0, (wanted, type) => wanted | (1 << (int)type)));
        }
    }

    private sealed record State(
        IReadOnlyList<ScopedDestination> All, Scope Defaults, FrozenDictionary<string, Scope> Sets, int Anywhere,
        IReadOnlyList<ScopedDestination> GivenUp)
    {
        public static State None { get; } = Of([]);

        public static State Of(IEnumerable<ScopedDestination> destinations)
        {
            var known = destinations.ToLookup(d => d.Destination.Enabled);
            ScopedDestination[] all = [.. known[true]];
            return new State(
                all, Scope.Of(all.Where(d => d.ConfigurationSetName is null)),
                all.Where(d => d.ConfigurationSetName is not null).GroupBy(d => d.ConfigurationSetName!, StringComparer.Ordinal)
                    .ToFrozenDictionary(g => g.Key, Scope.Of, StringComparer.Ordinal),
                Scope.Of(all).Wanted,
                [.. known[false].OrderBy(d => d.ConfigurationSetName, StringComparer.Ordinal).ThenBy(d => d.Destination.Name, StringComparer.Ordinal)]);
        }
    }
}
