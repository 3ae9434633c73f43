using System.Security.Cryptography;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Access;

/// <summary>
/// Makes, changes and ends access keys. A key stands in its owner's list before it exists, and is gone before it leaves the list: so the
/// list names each key that works, and deleting a tenant ends them all.
/// </summary>
internal sealed class CredentialResources(
    CredentialDocuments documents, AccessKeys keys, ITenants tenants, RandomNumberGenerator random, TimeProvider time)
{
    /// <summary>Keys of one tenant, ended and disabled ones included.</summary>
    public const int MaxPerTenant = 10;

    /// <summary>Keys of operators, likewise.</summary>
    public const int MaxOperators = 100;

    /// <summary>How long a key that was rotated may still live.</summary>
    public static readonly TimeSpan MaxOverlap = TimeSpan.FromDays(90);

    public AccessKey Root => keys.Root;

    public async ValueTask<CredentialDocument?> Get(string id, CancellationToken cancellationToken) =>
        CredentialDocuments.IsId(id) ? (await documents.Read(id, cancellationToken)).Document : null;

    /// <summary>All keys but the root key, by id.</summary>
    public ValueTask<Page<(string Id, CredentialDocument Document)>> List(string? after, int pageSize, CancellationToken cancellationToken) =>
        documents.List(after, pageSize, cancellationToken);

    /// <summary>All keys of a tenant, the oldest first.</summary>
    public async ValueTask<IReadOnlyList<(string Id, CredentialDocument Document)>> ListOf(string tenantName, CancellationToken cancellationToken)
    {
        var found = new List<(string, CredentialDocument)>();
        foreach (var id in await documents.KeysOf(tenantName, cancellationToken))
            if ((await documents.Read(id, cancellationToken)).Document is { } document) found.Add((id, document));
        return found;
    }

    /// <summary>Makes a key with a secret of its own.</summary>
    public ValueTask<CredentialCreation> Create(NewCredential wanted, CancellationToken cancellationToken)
    {
        var (id, secret) = RootKey.Generate(random);
        return Create(id, secret, wanted, cancellationToken);
    }

    /// <summary>Takes over an id with the SMTP password that belongs to it, for SMTP alone.</summary>
    public ValueTask<CredentialCreation> Import(string id, string smtpPassword, NewCredential wanted, CancellationToken cancellationToken) =>
        Create(id, smtpPassword, wanted with { IsSmtpOnly = true }, cancellationToken);

    /// <summary>
    /// Makes a second key with the rights of an enabled one, which ends at an instant, or at once. When it fails in between, both are valid
    /// and the new one's secret is known to nobody.
    /// </summary>
    public async ValueTask<CredentialCreation> Rotate(string id, DateTimeOffset endsAt, CancellationToken cancellationToken)
    {
        if (await Get(id, cancellationToken) is not { } old) return new(CredentialResult.NoSuchKey);
        if (old.IsSmtpOnly) return new(CredentialResult.SmtpOnly);
        if (old.IsDisabled || old.EndsAt is not null) return new(CredentialResult.NotEnabled);
        var creation = await Create(
            new NewCredential(old.Kind, old.TenantName) { Description = old.Description, Policy = old.Policy }, cancellationToken);
        if (creation.Result == CredentialResult.Done)
            await Change(id, d => d with { EndsAt = endsAt, ReplacedBy = creation.Id }, cancellationToken);
        return creation;
    }

    /// <summary>False when there is no such key.</summary>
    public async ValueTask<bool> Change(
        string id, Func<CredentialDocument, CredentialDocument> change, CancellationToken cancellationToken)
    {
        if (!CredentialDocuments.IsId(id)) return false;
        while (true)
        {
            var (document, version) = await documents.Read(id, cancellationToken);
            if (document is null) return false;
            var replaced = await documents.Replace(id, change(document), version, cancellationToken);
            keys.Forget(id);
            if (replaced) return true;
        }
    }

    public async ValueTask<bool> Delete(string id, CancellationToken cancellationToken)
    {
        if (await Get(id, cancellationToken) is not { } document) return false;
        var deleted = await documents.Delete(id, cancellationToken);
        keys.Forget(id);
        await documents.RemoveFromList(document.TenantName, id, cancellationToken);
        return deleted;
    }

    /// <summary>Ends all keys of a tenant, before and after it is deleted.</summary>
    public async ValueTask DeleteOf(string tenantName, CancellationToken cancellationToken)
    {
        var ids = await documents.KeysOf(tenantName, cancellationToken);
        foreach (var id in ids)
        {
            await documents.Delete(id, cancellationToken);
            keys.Forget(id);
        }

        await documents.DeleteList(tenantName, cancellationToken);
    }

    private async ValueTask<CredentialCreation> Create(string id, string secret, NewCredential wanted, CancellationToken cancellationToken)
    {
        var tenantArn = await ArnOf(wanted.TenantName, cancellationToken);
        if (wanted.TenantName is not null && tenantArn is null) return new(CredentialResult.NoSuchTenant);
        if (id == keys.Root.Id || await Get(id, cancellationToken) is not null) return new(CredentialResult.IdTaken);
        var document = new CredentialDocument(wanted.Kind, documents.Protect(id, secret), time.GetUtcNow())
        {
            TenantName = wanted.TenantName, TenantArn = tenantArn, IsSmtpOnly = wanted.IsSmtpOnly, Description = wanted.Description,
            Policy = wanted.Policy,
        };
        var max = wanted.TenantName is null ? MaxOperators : MaxPerTenant;
        if (!await documents.AddToList(wanted.TenantName, id, max, cancellationToken)) return new(CredentialResult.LimitReached);
        var creation = await documents.Create(id, document, cancellationToken);
        keys.Forget(id);
        if (creation != ResourceCreation.Created)
        {
            // The id may have been taken a moment ago, by the same owner: then its place in the list is right.
            if ((await Get(id, cancellationToken))?.TenantName != wanted.TenantName)
                await documents.RemoveFromList(wanted.TenantName, id, cancellationToken);
            return new(creation == ResourceCreation.AlreadyExists ? CredentialResult.IdTaken : CredentialResult.LimitReached);
        }

        // A tenant that was deleted meanwhile must leave no key to whoever takes its name.
        if (await ArnOf(wanted.TenantName, cancellationToken) == tenantArn) return new(CredentialResult.Done, id, secret, document);
        await Delete(id, cancellationToken);
        return new(CredentialResult.NoSuchTenant);
    }

    private async ValueTask<string?> ArnOf(string? tenantName, CancellationToken cancellationToken) =>
        tenantName is null ? null : (await tenants.Get(tenantName).Describe(cancellationToken))?.Arn;
}

/// <param name="TenantName">Of a tenant's key; null of an operator's.</param>
internal sealed record NewCredential(CredentialKind Kind, string? TenantName)
{
    public bool IsSmtpOnly { get; init; }

    public string? Description { get; init; }

    /// <summary>JSON that was read without a fault; null for what the kind allows.</summary>
    public string? Policy { get; init; }
}

internal enum CredentialResult
{
    Done,
    NoSuchTenant,
    NoSuchKey,

    /// <summary>The owner has as many as he may, or the account.</summary>
    LimitReached,
    IdTaken,

    /// <summary>It signs nothing, so there is nothing to rotate.</summary>
    SmtpOnly,

    /// <summary>Only a key that is in use is rotated, and only once.</summary>
    NotEnabled,
}

internal sealed record CredentialCreation(CredentialResult Result, string? Id = null, string? Secret = null, CredentialDocument? Document = null);
