namespace Silo.Core.Reputation;

/// <summary>What one look at the counters changed about the findings; nearly always <see cref="None"/>.</summary>
public sealed record FindingChanges
{
    public static FindingChanges None { get; } = new();

    public IReadOnlyList<Finding> Opened { get; init; } = [];

    /// <summary>Were LOW, are HIGH.</summary>
    public IReadOnlyList<Finding> Raised { get; init; } = [];

    /// <summary>Were HIGH, are LOW.</summary>
    public IReadOnlyList<Finding> Lowered { get; init; } = [];

    /// <summary>
    /// No longer open. One from before a reinstatement also closes when newer sends violate anew: then <see cref="Opened"/> holds its
    /// successor, of the same type.
    /// </summary>
    public IReadOnlyList<Finding> Closed { get; init; } = [];

    public bool IsEmpty => Opened.Count == 0 && Raised.Count == 0 && Lowered.Count == 0 && Closed.Count == 0;

    /// <summary>The findings that are open after these changes.</summary>
    public IReadOnlyList<Finding> Apply(IReadOnlyList<Finding> open)
    {
        if (IsEmpty) return open;
        var changed = (IReadOnlyList<Finding>)[.. Raised, .. Lowered];
        var kept = open
            .Where(finding => !Closed.Any(closed => closed.Type == finding.Type))
            .Select(finding => changed.FirstOrDefault(change => change.Type == finding.Type) ?? finding);
        return [.. kept, .. Opened];
    }
}
