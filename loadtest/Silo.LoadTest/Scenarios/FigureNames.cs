namespace Silo.LoadTest.Scenarios;

/// <summary>The figures that a run of a scenario ends with: what verdicts are about.</summary>
internal static class FigureNames
{
    /// <summary>Of every run.</summary>
    public static IReadOnlyList<(string Name, string Unit)> Always { get; } =
    [
        ("sent", "messages"), ("accepted", "messages"), ("deferred", "messages"), ("refused", "messages"), ("unknown", "messages"),
        ("not-offered", "messages"), ("retries", "offers"), ("delivered", "messages"), ("bounced", "messages"), ("complaints", "messages"),
        ("put-off", "attempts"), ("rate-limited", "attempts"), ("queued", "messages"), ("cancelled", "messages"), ("expired", "messages"),
        ("suppressed", "messages"), ("lost", "messages"), ("duplicates", "messages"), ("duplicates.unmarked", "messages"),
        ("duplicates.possible", "messages"), ("wrong-tenant", "messages"), ("wrong-content", "messages"), ("out-of-order", "messages"),
        ("dkim-bad", "messages"), ("not-accepted", "messages"), ("unmarked", "messages"), ("accepted.rate", "messages/s"),
        ("delivered.rate", "messages/s"), ("queue.peak", "messages"), ("setup.seconds", "s"), ("drain.seconds", "s"),
        ("server.start.seconds", "s"), ("server.cpu", "µs/message"), ("server.memory.peak", "MiB"), ("server.gc.pause", "ms/s"),
        ("server.exit", "code"), ("generator.cpu", "µs/message"),
    ];

    /// <summary>
    /// Known of a server alone that the run started itself, and whose store it reads: of others nothing is promised about them.
    /// </summary>
    public static IReadOnlySet<string> OfOwn { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "queued", "cancelled", "expired", "suppressed", "duplicates.unmarked", "duplicates.possible", "server.start.seconds", "server.cpu",
        "server.memory.peak", "server.gc.pause", "server.exit",
    };

    /// <summary>Of each flow, behind its name.</summary>
    public static IReadOnlyList<(string Name, string Unit)> OfFlow { get; } =
    [
        ("accepted", "messages"), ("delivered", "messages"), ("bounced", "messages"), ("latency.p50", "ms"), ("latency.p99", "ms"),
        ("latency.p999", "ms"), ("latency.max", "ms"), ("lag.p99", "ms"), ("wait.p50", "ms"), ("wait.p99", "ms"), ("wait.max", "ms"),
    ];

    /// <summary>Of each act, behind its name.</summary>
    public static IReadOnlyList<(string Name, string Unit)> OfAct(ActKind kind) => kind switch
    {
        ActKind.Kill or ActKind.Restart => [("recovery", "s")],
        ActKind.FillDisk => [("refused", "messages"), ("recovery", "s")],
        ActKind.Cancel or ActKind.Pause => [("ack", "ms"), ("begun-after", "messages")],
        ActKind.WatchPause => [("latency", "ms"), ("begun-after", "messages"), ("bounced", "messages"), ("begun", "messages")],
        _ => [],
    };

    public static IReadOnlyList<(string Name, string Unit)> OfWebhook { get; } =
        [("received", "events"), ("latency.p50", "ms"), ("latency.p99", "ms")];

    public static IReadOnlyList<(string Name, string Unit)> OfMonth { get; } =
    [
        ("month.days", "days"), ("month.sent", "messages"), ("month.over", "messages"), ("month.use", "share"),
        ("month.hours.over", "hours"),
    ];

    /// <summary>All figures of a run of this, with their units.</summary>
    public static IReadOnlyDictionary<string, string> Of(Scenario scenario)
    {
        var units = new Dictionary<string, string>(StringComparer.Ordinal);
        Add("", Always);
        foreach (var flow in scenario.Flows) Add($"{flow.Name}.", OfFlow);
        foreach (var act in scenario.Acts) Add($"{act.Name}.", OfAct(act.Kind));
        foreach (var webhook in scenario.Webhooks) Add($"{webhook.Name}.", OfWebhook);
        if (scenario.Month is not null) Add("", OfMonth);
        return units;

        void Add(string before, IReadOnlyList<(string Name, string Unit)> figures)
        {
            foreach (var (name, unit) in figures) units[before + name] = unit;
        }
    }
}
