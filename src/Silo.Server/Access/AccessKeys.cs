namespace Silo.Server.Access;

/// <summary>Every access key, by its id.</summary>
internal sealed class AccessKeys(RootKey root)
{
    public AccessKey Root => root.Key;

    /// <summary>The key as it stands now, or null when there is none. A disabled one is found and says so.</summary>
    public ValueTask<AccessKey?> Find(string id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(id == root.Key.Id ? root.Key : null);
    }
}
