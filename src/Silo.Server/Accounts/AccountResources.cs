using Silo.Storage;

namespace Silo.Server.Accounts;

/// <summary>
/// The resources of the account by type. Reads come from memory; an entry is read again after five seconds, and at once after a
/// write through this object.
/// </summary>
public sealed class AccountResources(IResourceStore store, Arns arns, TimeProvider time)
{
    public const int MaxIdentities = 10_000;
    public const int MaxConfigurationSets = 10_000;

    private const string SettingsName = "account";
    private const int MaxWriteAttempts = 5;

    // Deeper names than this are looked up no further, so that one send costs a bounded number of look-ups.
    private const int MaxParentDomains = 10;

    private static readonly AccountSettings DefaultSettings = new();

    private readonly ResourceCache<EmailIdentity> _identities = new(
        store, ResourceKind.EmailIdentity, AccountJson.Default.EmailIdentity, time);

    private readonly ResourceCache<ConfigurationSet> _sets = new(
        store, ResourceKind.ConfigurationSet, AccountJson.Default.ConfigurationSet, time);

    private readonly ResourceCache<AccountSettings> _settings = new(
        store, ResourceKind.Account, AccountJson.Default.AccountSettings, time);

    /// <summary>The identity of this name in any case of its domain, or null.</summary>
    public ValueTask<EmailIdentity?> GetIdentity(string name, CancellationToken cancellationToken) =>
        IdentityName.Normalize(name) is { } normal ? Value(_identities.Get(normal, cancellationToken)) : default;

    /// <summary>
    /// The identity that a sender address (local@domain, no display name) counts for, verified or not: the identity of exactly this
    /// address if there is one, else that of its domain, else that of the nearest parent domain, since a verified
    /// domain covers its subdomains (docs.aws.amazon.com/ses/latest/dg/creating-identities.html). Null when there is none.
    /// </summary>
    public async ValueTask<EmailIdentity?> FindIdentityFor(string address, CancellationToken cancellationToken)
    {
        var at = address.LastIndexOf('@');
        if (at < 0 || IdentityName.Normalize(address[(at + 1)..]) is not { } domain) return null;
        if (IdentityName.Normalize(address) is { } normal && await _identities.Get(normal, cancellationToken) is { } exact)
            return exact.Value;
        return await FindIdentityForDomain(domain, cancellationToken);
    }

    /// <summary>The identity of a domain, else that of its nearest parent domain, verified or not; null when there is none.</summary>
    public async ValueTask<EmailIdentity?> FindIdentityForDomain(string domain, CancellationToken cancellationToken)
    {
        var name = IdentityName.Normalize(domain);
        for (var level = 0; level < MaxParentDomains && name is not null && name.Contains('.'); level++)
        {
            if (await _identities.Get(name, cancellationToken) is { } found) return found.Value;
            name = name[(name.IndexOf('.') + 1)..];
        }

        return null;
    }

    public ValueTask<ConfigurationSet?> GetConfigurationSet(string name, CancellationToken cancellationToken) =>
        ConfigurationSet.IsValidName(name) ? Value(_sets.Get(name, cancellationToken)) : default;

    public async ValueTask<AccountSettings> GetSettings(CancellationToken cancellationToken) =>
        (await _settings.Get(SettingsName, cancellationToken))?.Value ?? DefaultSettings;

    public async ValueTask<ResourceCreation> Create(
        EmailIdentity identity, IReadOnlyList<ResourceTag> tags, CancellationToken cancellationToken)
    {
        var result = await store.Create(
            new NewResource(
                ResourceKind.EmailIdentity, identity.Name, arns.Identity(identity.Name), _identities.Write(identity),
                identity.CreatedAt, tags, MaxIdentities),
            cancellationToken);
        _identities.Forget(identity.Name);
        return result;
    }

    public async ValueTask<ResourceCreation> Create(
        ConfigurationSet set, IReadOnlyList<ResourceTag> tags, CancellationToken cancellationToken)
    {
        var result = await store.Create(
            new NewResource(
                ResourceKind.ConfigurationSet, set.Name, arns.ConfigurationSet(set.Name), _sets.Write(set),
                set.CreatedAt, tags, MaxConfigurationSets),
            cancellationToken);
        _sets.Forget(set.Name);
        return result;
    }

    /// <param name="name">As <see cref="IdentityName.Normalize"/> writes it.</param>
    public async ValueTask<ResourceDeletion> DeleteIdentity(string name, CancellationToken cancellationToken)
    {
        var result = await store.Delete(ResourceKind.EmailIdentity, name, arns.Identity(name), cancellationToken);
        _identities.Forget(name);
        return result;
    }

    public async ValueTask<ResourceDeletion> DeleteConfigurationSet(string name, CancellationToken cancellationToken)
    {
        var result = await store.Delete(ResourceKind.ConfigurationSet, name, arns.ConfigurationSet(name), cancellationToken);
        _sets.Forget(name);
        return result;
    }

    /// <summary>Changes a set; the change may be computed more than once when others write at the same time.</summary>
    public async ValueTask<ResourceChange> Change(
        string name, Func<ConfigurationSet, ConfigurationSet> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxWriteAttempts; attempt++)
        {
            if (await _sets.Read(name, cancellationToken) is not { } current) return ResourceChange.NotFound;
            var document = _sets.Write(change(current.Value));
            var replaced = await store.Replace(ResourceKind.ConfigurationSet, name, document, current.Version, cancellationToken);
            _sets.Forget(name);
            if (replaced) return ResourceChange.Done;
        }

        return ResourceChange.Contended;
    }

    /// <summary>Changes an identity; the change may be computed more than once when others write at the same time.</summary>
    /// <param name="name">As <see cref="IdentityName.Normalize"/> writes it.</param>
    /// <param name="change">Null to leave it as it is.</param>
    public async ValueTask<ResourceChange> ChangeIdentity(
        string name, Func<EmailIdentity, EmailIdentity?> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxWriteAttempts; attempt++)
        {
            if (await _identities.Read(name, cancellationToken) is not { } current) return ResourceChange.NotFound;
            if (change(current.Value) is not { } next) return ResourceChange.Done;
            var replaced = await store.Replace(
                ResourceKind.EmailIdentity, name, _identities.Write(next), current.Version, cancellationToken);
            _identities.Forget(name);
            if (replaced) return ResourceChange.Done;
        }

        return ResourceChange.Contended;
    }

    public async ValueTask<ResourceChange> ChangeSettings(
        Func<AccountSettings, AccountSettings> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxWriteAttempts; attempt++)
        {
            var current = await _settings.Read(SettingsName, cancellationToken);
            var document = _settings.Write(change(current?.Value ?? DefaultSettings));
            var done = current is null
                ? await store.Create(First(document), cancellationToken) == ResourceCreation.Created
                : await store.Replace(ResourceKind.Account, SettingsName, document, current.Version, cancellationToken);
            _settings.Forget(SettingsName);
            if (done) return ResourceChange.Done;
        }

        return ResourceChange.Contended;
    }

    /// <summary>Identities in the order of their names, past the cache.</summary>
    public async ValueTask<Page<EmailIdentity>> ListIdentities(
        string? afterName, string? nameContains, int pageSize, CancellationToken cancellationToken)
    {
        var page = await store.List(ResourceKind.EmailIdentity, afterName, nameContains, pageSize, cancellationToken);
        return new Page<EmailIdentity>([.. page.Items.Select(i => _identities.Parse(i.Document))], page.Next);
    }

    /// <summary>Names of configuration sets in their order, past the cache.</summary>
    public async ValueTask<Page<string>> ListConfigurationSets(
        string? afterName, string? nameContains, int pageSize, CancellationToken cancellationToken)
    {
        var page = await store.List(ResourceKind.ConfigurationSet, afterName, nameContains, pageSize, cancellationToken);
        return new Page<string>([.. page.Items.Select(i => i.Name)], page.Next);
    }

    // No limit: the name allows one, and other documents of the account (its usage) are of the same kind.
    private NewResource First(byte[] settings) =>
        new(ResourceKind.Account, SettingsName, arns.Account, settings, time.GetUtcNow(), [], int.MaxValue);

    private static ValueTask<T?> Value<T>(ValueTask<ResourceCache<T>.Versioned?> read) where T : class
    {
        return read.IsCompletedSuccessfully ? ValueTask.FromResult(read.Result?.Value) : Wait(read);

        static async ValueTask<T?> Wait(ValueTask<ResourceCache<T>.Versioned?> read) => (await read)?.Value;
    }
}

public enum ResourceChange
{
    Done,
    NotFound,

    /// <summary>Others kept writing at the same time; nothing was changed.</summary>
    Contended,
}
