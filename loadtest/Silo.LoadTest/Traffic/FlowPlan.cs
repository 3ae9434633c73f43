using Silo.LoadTest.Marks;

namespace Silo.LoadTest.Traffic;

/// <summary>
/// What a flow of messages is, all of it decided before it begins: with the same seed the same messages are due at the same times.
/// </summary>
internal sealed record FlowPlan
{
    public required string Name { get; init; }

    /// <summary>Numbers of its tenants, in the order of the run's, and their names.</summary>
    public required IReadOnlyList<LoadTenant> Tenants { get; init; }

    /// <summary>Of each tenant; not all 0.</summary>
    public required IReadOnlyList<double> Weights { get; init; }

    public required Arrivals Arrivals { get; init; }

    /// <summary>Messages per second.</summary>
    public double Rate { get; init; }

    public Burst? Burst { get; init; }

    /// <summary>Messages at most; the flow ends with the last of them.</summary>
    public required long MaxMessages { get; init; }

    /// <summary>The flow sends nothing that is due later than this after its begin.</summary>
    public required TimeSpan MaxTime { get; init; }

    /// <summary>Connections, each with one message under way.</summary>
    public required int Senders { get; init; }

    public required IReadOnlyList<MessageKind> Kinds { get; init; }

    /// <summary>Recipients' domains and how often each comes.</summary>
    public required IReadOnlyDictionary<string, double> Domains { get; init; }

    /// <summary>Shares of recipients that ask the sink for something; what is left is up to the provider's profile.</summary>
    public IReadOnlyDictionary<LoadFate, double> Fates { get; init; } = new Dictionary<LoadFate, double>();

    /// <summary>Of the sender's address; every tenant of the flow has the identity.</summary>
    public required string SenderDomain { get; init; }

    public required string ConfigurationSet { get; init; }

    /// <summary>A tag of every message, such as the campaign that it is of.</summary>
    public (string Name, string Value)? Tag { get; init; }

    /// <summary>What was not taken for now is offered again until the time is up.</summary>
    public bool Retries { get; init; }
}

/// <param name="Number">Over the whole run, from 0.</param>
internal readonly record struct LoadTenant(int Number, string Name);

/// <summary>What messages of one kind look like.</summary>
/// <param name="Bytes">Of the text, 1 and up.</param>
/// <param name="AttachmentBytes">Of an attachment before it is encoded; 0 for none.</param>
/// <param name="Template">A stored template that the text comes from, through doors that know templates; null for text.</param>
/// <param name="Weight">How often it comes beside the others.</param>
internal sealed record MessageKind(int Bytes, int AttachmentBytes = 0, string? Template = null, double Weight = 1);
