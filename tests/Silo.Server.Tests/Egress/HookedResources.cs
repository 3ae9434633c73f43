using Silo.Storage;

namespace Silo.Server.Tests.Egress;

/// <summary>A store of resources that fails, or lets something else happen first, on command.</summary>
internal sealed class HookedResources(IResourceStore inner) : IResourceStore
{
    public bool Fails { get; set; }

    /// <summary>Runs once, before the next list of this kind.</summary>
    public (ResourceKind Kind, Func<Task> Action)? BeforeList { get; set; }

    /// <summary>Kinds that fail to be listed.</summary>
    public ResourceKind? FailsToList { get; set; }

    /// <summary>Kinds that fail to be got.</summary>
    public ResourceKind? FailsToGet { get; set; }

    /// <summary>Runs once, when the next one is read and not yet answered.</summary>
    public Func<Task>? AfterGet { get; set; }

    public int Lists { get; private set; }

    public async ValueTask<StoredResource?> Get(ResourceKind kind, string name, CancellationToken cancellationToken)
    {
        if (FailsToGet == kind) throw new StorageException("out of reach");
        var found = await inner.Get(kind, name, cancellationToken);
        if (AfterGet is not { } hook) return found;
        AfterGet = null;
        await hook();
        return found;
    }

    public ValueTask<ResourceCreation> Create(NewResource resource, CancellationToken cancellationToken) => inner.Create(resource, cancellationToken);

    public ValueTask<bool> Replace(ResourceKind kind, string name, ReadOnlyMemory<byte> document, long expectedVersion, CancellationToken cancellationToken) =>
        inner.Replace(kind, name, document, expectedVersion, cancellationToken);

    public ValueTask<ResourceDeletion> Delete(ResourceKind kind, string name, string arn, CancellationToken cancellationToken) =>
        inner.Delete(kind, name, arn, cancellationToken);

    public async ValueTask<Page<StoredResource>> List(
        ResourceKind kind, string? afterName, string? nameContains, int pageSize, CancellationToken cancellationToken)
    {
        Lists++;
        if (Fails || FailsToList == kind) throw new StorageException("out of reach");
        if (BeforeList is { } hook && hook.Kind == kind)
        {
            BeforeList = null;
            await hook.Action();
        }

        return await inner.List(kind, afterName, nameContains, pageSize, cancellationToken);
    }

    public ValueTask<IReadOnlyList<ResourceTag>> GetTags(string arn, CancellationToken cancellationToken) => inner.GetTags(arn, cancellationToken);

    public ValueTask<bool> SetTags(string arn, IReadOnlyList<ResourceTag> tags, int maxTags, CancellationToken cancellationToken) =>
        inner.SetTags(arn, tags, maxTags, cancellationToken);

    public ValueTask RemoveTags(string arn, IReadOnlyList<string> keys, CancellationToken cancellationToken) => inner.RemoveTags(arn, keys, cancellationToken);

    public ValueTask<AssociationResult> Associate(Association association, int maxPerTenant, CancellationToken cancellationToken) =>
        inner.Associate(association, maxPerTenant, cancellationToken);

    public ValueTask<bool> Dissociate(string tenantName, string resourceArn, CancellationToken cancellationToken) =>
        inner.Dissociate(tenantName, resourceArn, cancellationToken);

    public ValueTask<Page<Association>> ListByTenant(
        string tenantName, ResourceKind? kind, string? afterArn, int pageSize, CancellationToken cancellationToken) =>
        inner.ListByTenant(tenantName, kind, afterArn, pageSize, cancellationToken);

    public ValueTask<Page<Association>> ListByResource(string resourceArn, string? afterTenant, int pageSize, CancellationToken cancellationToken) =>
        inner.ListByResource(resourceArn, afterTenant, pageSize, cancellationToken);
}
