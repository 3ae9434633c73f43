using Silo.LoadTest.Servers;

namespace Silo.LoadTest.Doors;

/// <summary>The doors of a target, made when a flow first goes through them.</summary>
internal sealed class DoorSet(ILoadTarget target, TimeProvider time) : IAsyncDisposable
{
    private readonly Dictionary<string, IDoor> _doors = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">The target has no such door.</exception>
    public IDoor Of(string name) => _doors.TryGetValue(name, out var door) ? door : _doors[name] = Make(name);

    public async ValueTask DisposeAsync()
    {
        foreach (var door in _doors.Values) await door.DisposeAsync();
    }

    private IDoor Make(string name) => name switch
    {
        "smtp" => new SmtpDoor(target.Smtp ?? throw new InvalidOperationException("The door smtp needs --smtp host:port.")),
        "ses" when target.Api.Count == 0 => throw new InvalidOperationException("Another mail server has the door smtp alone."),
        "ses" => new SesDoor(new SesDoorOptions(target.Api, target.KeyId, target.Secret, target.Region), time),
#if ORLEANS
        "cluster" => new Cluster.ClusterDoor(target.ClusterDatabase
            ?? throw new InvalidOperationException("The door cluster needs the cluster's database: --database.")),
#else
        "cluster" => throw new InvalidOperationException("The door cluster is built in with -p:Orleans=true alone."),
#endif
        _ => throw new InvalidOperationException($"There is no door {name}: ses, smtp or cluster."),
    };
}
