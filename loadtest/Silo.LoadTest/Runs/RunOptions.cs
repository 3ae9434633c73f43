using System.Net;
using Silo.LoadTest.Scenarios;
using Silo.LoadTest.Servers;
using Silo.LoadTest.Sinks;

namespace Silo.LoadTest.Runs;

/// <summary>How a scenario is run.</summary>
internal sealed record RunOptions
{
    public required Scenario Scenario { get; init; }

    /// <summary>As it was typed.</summary>
    public required string Command { get; init; }

    /// <summary>ses, smtp or cluster: the door of flows that name none.</summary>
    public string Door { get; init; } = "smtp";

    /// <summary>Times the rates of the scenario.</summary>
    public double Rate { get; init; } = 1;

    public int Seed { get; init; } = 1;

    /// <summary>Somebody's own; null: the run starts one.</summary>
    public GivenTargetOptions? Given { get; init; }

    /// <summary>Of a server that the run starts.</summary>
    public string Program { get; init; } = OwnServerOptions.DefaultProgram;

    public int Silos { get; init; } = 1;

    /// <summary>Of PostgreSQL; null: SQLite.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Where the sink listens: the relay of a given target.</summary>
    public IPEndPoint SinkEndpoint { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>Called with the sink before anything is sent: tests make it faulty.</summary>
    public Action<ISink>? OnSink { get; init; }
}
