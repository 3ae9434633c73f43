namespace Silo.LoadTest.Sinks.Ses;

/// <summary>The account that is played.</summary>
internal sealed record SesSinkOptions
{
    /// <summary>What GetAccount says: messages a second; above it there are 429. Above 0.</summary>
    public double MaxSendRate { get; init; } = 100_000;

    /// <summary>What GetAccount says: messages in 24 hours.</summary>
    public double Max24HourSend { get; init; } = 1e9;

    /// <summary>From a call to its answer, in ms: 0 to 60,000.</summary>
    public int LatencyMs { get; init; }
}
