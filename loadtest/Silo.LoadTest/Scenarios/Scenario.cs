using System.Text.Json.Nodes;
using Silo.LoadTest.Marks;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Scenarios;

/// <summary>
/// What a run does and what it promises: a file of <c>loadtest/scenarios</c>, with a profile applied. README.md there describes each
/// member.
/// </summary>
internal sealed record Scenario
{
    public required string Name { get; init; }

    public required string Summary { get; init; }

    public required ServerSpec Server { get; init; }

    public required SinkSpec Sink { get; init; }

    public required IReadOnlyList<TenantGroup> Tenants { get; init; }

    public required IReadOnlyList<FlowSpec> Flows { get; init; }

    public IReadOnlyList<WebhookSpec> Webhooks { get; init; } = [];

    public IReadOnlyList<ActSpec> Acts { get; init; } = [];

    /// <summary>Instead of flows: a warm-up, day by day, by a clock that is moved on.</summary>
    public MonthSpec? Month { get; init; }

    /// <summary>How long the run waits for mail to leave when all is sent, at most.</summary>
    public required TimeSpan Drain { get; init; }

    /// <summary>It stops waiting when nothing has moved for so long.</summary>
    public required TimeSpan DrainQuiet { get; init; }

    public required IReadOnlyList<VerdictSpec> Verdicts { get; init; }

    /// <summary>Recipients complain, so that somebody has to tell the server.</summary>
    public bool Complains => Flows.Any(f => f.Fates.GetValueOrDefault(LoadFate.Complain) > 0) || Sink.Complains;

    /// <summary>From the first message to the last, at most.</summary>
    public TimeSpan SendingTime => Flows.Count == 0 ? TimeSpan.Zero : Flows.Max(f => f.From + f.Time);
}

/// <summary>The server that the run starts for itself.</summary>
/// <param name="Settings">By the names of docs/operations.md, as <c>Silo:Delivery:InFlight</c>.</param>
/// <param name="DiskBytes">The data directory gets a disk of its own of this size, where that is possible; 0: the machine's.</param>
internal sealed record ServerSpec(IReadOnlyDictionary<string, string> Settings, long DiskBytes);

/// <param name="Providers">A JSON array of provider profiles.</param>
/// <param name="DkimShare">Of messages whose signature is looked at.</param>
internal sealed record SinkSpec(JsonArray Providers, bool ChecksOrder, double DkimShare)
{
    public bool Complains => Providers.Any(
        p => p?["complaintShare"] is JsonValue share && share.TryGetValue<double>(out var value) && value > 0);
}

/// <summary>Tenants that are alike.</summary>
/// <param name="Limits">The body of PUT …/limits; null for what all get.</param>
internal sealed record TenantGroup(string Name, int Count, JsonObject? Limits);

internal enum MailStreamName
{
    Normal,
    Urgent,
    Bulk,
}

internal sealed record FlowSpec
{
    public required string Name { get; init; }

    /// <summary>Of the group; its tenants share the traffic by <see cref="Zipf"/>.</summary>
    public required string Tenants { get; init; }

    public required Arrivals Arrivals { get; init; }

    public required double Rate { get; init; }

    public Burst? Burst { get; init; }

    public required long Messages { get; init; }

    /// <summary>Since the run began to send.</summary>
    public required TimeSpan From { get; init; }

    public required TimeSpan Time { get; init; }

    public required int Senders { get; init; }

    public required double Zipf { get; init; }

    public required IReadOnlyList<MessageKind> Kinds { get; init; }

    public required IReadOnlyDictionary<string, double> Domains { get; init; }

    public required IReadOnlyDictionary<LoadFate, double> Fates { get; init; }

    public required MailStreamName Stream { get; init; }

    public (string Name, string Value)? Tag { get; init; }

    public required bool Retries { get; init; }

    /// <summary>Null: the one of the command line.</summary>
    public string? Door { get; init; }

    /// <summary>The webhook that is told of this mail; null for none.</summary>
    public string? Webhook { get; init; }
}

/// <summary>An endpoint that is told of all events of mail that names it.</summary>
/// <param name="AnswerAfter">How long it takes to answer.</param>
internal sealed record WebhookSpec(string Name, TimeSpan AnswerAfter);

internal enum ActKind
{
    /// <summary>SIGKILL, and a start anew after <see cref="ActSpec.For"/>.</summary>
    Kill,

    /// <summary>SIGTERM, and a start anew.</summary>
    Restart,

    /// <summary>The server's disk is filled up to <see cref="ActSpec.LeaveBytes"/>, and emptied after <see cref="ActSpec.For"/>.</summary>
    FillDisk,

    /// <summary>All queued mail with the tag of <see cref="ActSpec.Flow"/> is cancelled by one order.</summary>
    Cancel,

    /// <summary>The tenants of <see cref="ActSpec.Tenants"/> are paused by their operator.</summary>
    Pause,

    /// <summary>Waits for the first tenant of <see cref="ActSpec.Tenants"/> to be paused by what its mail does.</summary>
    WatchPause,

    /// <summary>The tenants of <see cref="ActSpec.Tenants"/> get <see cref="ActSpec.Limits"/>.</summary>
    SetLimits,
}

/// <param name="At">Since the run began to send.</param>
/// <param name="AfterFlow">And not before this one has ended; null: by the time alone.</param>
internal sealed record ActSpec(
    string Name, ActKind Kind, TimeSpan At, string? AfterFlow, TimeSpan For, string? Tenants, string? Flow, JsonObject? Limits,
    long LeaveBytes);

/// <summary>A warm-up in accelerated time.</summary>
/// <param name="Caps">Of each day; empty: the automatic plan.</param>
/// <param name="DailyVolume">Messages that are handed in each day.</param>
/// <param name="Days">How many days are played, those after the plan included.</param>
internal sealed record MonthSpec(IReadOnlyList<long> Caps, int Days, long DailyVolume);

/// <summary>A bound on a figure of the run.</summary>
/// <param name="Figure">One of <see cref="FigureNames"/>.</param>
/// <param name="Of">The bound is <see cref="Times"/> this figure and <see cref="Plus"/>; null: the bound itself.</param>
internal sealed record VerdictSpec(string Name, string Figure, double? AtLeast, double? AtMost, string? Of, double Times, double Plus);
