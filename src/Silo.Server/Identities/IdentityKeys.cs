using System.Collections.Concurrent;
using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.Identities;

/// <summary>
/// The keys of identities and of the platform: generated or taken, stored with their private halves encrypted, and at hand for signing.
/// Safe for several threads.
/// </summary>
internal sealed class IdentityKeys(IResourceStore store, KeyProtection protection, TimeProvider time)
{
    public const string Platform = "~platform";

    private const string PlatformInUse = "~platform-in-use";

    private const int MaxAttempts = 5;

    // One for each identity, and some that have been replaced; the cache starts anew when it is full.
    private const int MaxLoaded = 20_000;

    private readonly ResourceCache<IdentityKeySet> _sets = new(store, ResourceKind.IdentityKeys, IdentityJson.Default.IdentityKeySet, time);
    private readonly ResourceCache<PlatformKeyState> _platform = new(
        store, ResourceKind.IdentityKeys, IdentityJson.Default.PlatformKeyState, time);

    private readonly SemaphoreSlim _making = new(1);
    private readonly ConcurrentDictionary<string, RsaPool> _loaded = new(StringComparer.Ordinal);

    /// <summary>Which key of the platform's mail is signed with, up to five seconds old; null before its record was looked for.</summary>
    public async ValueTask<PlatformKeyState?> PlatformState(CancellationToken cancellationToken) =>
        (await _platform.Get(PlatformInUse, cancellationToken))?.Value;

    /// <param name="change">Null to leave it as it is; it may be computed more than once.</param>
    public async ValueTask ChangePlatformState(
        Func<PlatformKeyState?, PlatformKeyState?> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var current = await _platform.Read(PlatformInUse, cancellationToken);
            if (change(current?.Value) is not { } next) return;
            var done = current is null
                ? await store.Create(
                    new NewResource(
                        ResourceKind.IdentityKeys, PlatformInUse, ArnOf(PlatformInUse), _platform.Write(next), time.GetUtcNow(), [],
                        int.MaxValue),
                    cancellationToken) == ResourceCreation.Created
                : await store.Replace(ResourceKind.IdentityKeys, PlatformInUse, _platform.Write(next), current.Version, cancellationToken);
            _platform.Forget(PlatformInUse);
            if (done) return;
        }
    }

    /// <summary>Up to five seconds old.</summary>
    public async ValueTask<IdentityKeySet> Get(string identity, CancellationToken cancellationToken) =>
        (await _sets.Get(identity, cancellationToken))?.Value ?? IdentityKeySet.Empty;

    /// <summary>The key of a selector, made when there is none.</summary>
    /// <param name="inUse">What must keep its keys when there are too many; null when nothing does.</param>
    public async ValueTask<IdentityKey> Ensure(
        string identity, string selector, int bits, DkimSettings? inUse, CancellationToken cancellationToken)
    {
        if ((await Get(identity, cancellationToken)).Find(selector) is { } known) return known;
        // Making one takes a core for a tenth of a second and more, and the first mail of a domain may be a hundred at once.
        await _making.WaitAsync(cancellationToken);
        try
        {
            if ((await Get(identity, cancellationToken)).Find(selector) is { } meanwhile) return meanwhile;
            var made = Seal(selector, KeyMaterial.Generate(bits));
            var set = await Change(
                identity, s => s.Find(selector) is null ? s.With(made, inUse?.SigningSelector, inUse?.NextSelector) : null,
                cancellationToken);
            return set.Find(selector) ?? made;
        }
        finally
        {
            _making.Release();
        }
    }

    /// <summary>A key of the customer's own, in the place of the one that its selector had.</summary>
    /// <param name="inUse">As with <see cref="Ensure"/>.</param>
    public async ValueTask Put(
        string identity, string selector, KeyMaterial key, DkimSettings? inUse, CancellationToken cancellationToken)
    {
        var added = Seal(selector, key) with { IsExternal = true };
        await Change(identity, s => s.With(added, inUse?.SigningSelector, inUse?.NextSelector), cancellationToken);
    }

    /// <summary>See <see cref="IdentityKeySet.Without"/>.</summary>
    public async ValueTask Drop(string identity, string selector, CancellationToken cancellationToken) =>
        await Change(identity, s => s.Without(selector), cancellationToken);

    /// <summary>See <see cref="IdentityKeySet.Retire"/>.</summary>
    public ValueTask<IdentityKeySet> Retire(
        string identity, string? selector, string? nextSelector, TimeSpan keep, CancellationToken cancellationToken) =>
        Change(identity, s => s.Retire(selector, nextSelector, time.GetUtcNow(), keep), cancellationToken);

    public async ValueTask Delete(string identity, CancellationToken cancellationToken)
    {
        await store.Delete(ResourceKind.IdentityKeys, identity, ArnOf(identity), cancellationToken);
        _sets.Forget(identity);
    }

    /// <summary>Signs with the private half.</summary>
    public Func<byte[], byte[]> SignerOf(IdentityKey key)
    {
        if (_loaded.TryGetValue(key.PublicKey, out var known)) return known.SignHash;
        if (_loaded.Count >= MaxLoaded) _loaded.Clear();
        return _loaded.GetOrAdd(key.PublicKey, _ => new RsaPool(protection.Unprotect(key.PrivateKey))).SignHash;
    }

    internal static string ArnOf(string identity) => "identity-keys:" + identity;

    private IdentityKey Seal(string selector, KeyMaterial key) => new(
        selector, key.Bits, Convert.ToBase64String(key.PublicKey), protection.Protect(key.Pkcs8), time.GetUtcNow());

    /// <param name="change">Null to leave it as it is.</param>
    private async ValueTask<IdentityKeySet> Change(
        string identity, Func<IdentityKeySet, IdentityKeySet?> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var current = await _sets.Read(identity, cancellationToken);
            if (change(current?.Value ?? IdentityKeySet.Empty) is not { } next) return current?.Value ?? IdentityKeySet.Empty;
            var document = _sets.Write(next);
            var done = current is null
                ? await store.Create(
                    new NewResource(ResourceKind.IdentityKeys, identity, ArnOf(identity), document, time.GetUtcNow(), [], int.MaxValue),
                    cancellationToken) == ResourceCreation.Created
                : await store.Replace(ResourceKind.IdentityKeys, identity, document, current.Version, cancellationToken);
            _sets.Forget(identity);
            if (done) return next;
        }

        throw new StorageException($"The keys of {identity} are being changed by others.");
    }
}
