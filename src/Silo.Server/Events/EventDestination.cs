namespace Silo.Server.Events;

/// <summary>Who is told of events, and of which: of a configuration set, or of all mail (a default one). Stored as JSON.</summary>
public sealed record EventDestination
{
    public const int MaxPerSet = 10;

    /// <summary>1 to 64 letters, digits, hyphens, underscores.</summary>
    public required string Name { get; init; }

    public bool Enabled { get; init; }

    public IReadOnlyList<SesEventType> MatchingEventTypes { get; init; } = [];

    /// <summary>One that was deleted and made again under its name is another.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    public required EventTarget Target { get; init; }

    /// <summary>Why the service disabled it; null when it did not, and as soon as somebody replaces or enables it.</summary>
    public string? DisabledReason { get; init; }

    public DateTimeOffset? DisabledAt { get; init; }
}

/// <summary>A destination with whose it is.</summary>
/// <param name="ConfigurationSetName">Null for a default destination.</param>
public sealed record ScopedDestination(string? ConfigurationSetName, EventDestination Destination)
{
    /// <summary>As people know it: "news/hook", "hook (default)". At most 129 characters.</summary>
    public string ShownName => ConfigurationSetName is { } set ? $"{set}/{Destination.Name}" : $"{Destination.Name} (default)";

    /// <summary>What the destination's cursors are kept under: names of sets cannot hold the star of the default ones.</summary>
    public string Id { get; } = $"{ConfigurationSetName ?? "*"}/{Destination.Name}@{Destination.CreatedAt.ToUnixTimeMilliseconds()}";
}
