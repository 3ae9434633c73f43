using Silo.LoadTest.Doors;

namespace Silo.LoadTest.Peers;

/// <summary>A mail server that runs and passes mail on to its sink.</summary>
internal interface IPeer : IAsyncDisposable
{
    string Name { get; }

    SmtpDoorOptions Door { get; }

    /// <summary>Each with all that it started counts; empty when there is no server.</summary>
    IReadOnlyList<int> Roots { get; }

    /// <summary>For the report: files by their names, versions.</summary>
    IReadOnlyDictionary<string, string> Configuration { get; }
}

/// <summary>A server that is not installed here, or did not come up.</summary>
internal sealed class PeerMissingException(string message) : Exception(message);

/// <summary>No server: the load goes straight to the sink, which shows what the other two can do.</summary>
internal sealed class NoPeer(PeerPlace place) : IPeer
{
    public string Name => "no server";

    public SmtpDoorOptions Door { get; } =
        new("127.0.0.1", place.Sink.Port, StartTls: place.Case.Tls, NamesTenants: false);

    public IReadOnlyList<int> Roots => [];

    public IReadOnlyDictionary<string, string> Configuration => new Dictionary<string, string>();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
