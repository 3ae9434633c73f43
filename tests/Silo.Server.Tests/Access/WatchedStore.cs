using Silo.Storage;

namespace Silo.Server.Tests.Access;

/// <summary>A store that counts what is read of the account's resources, and whose audit log fails on command.</summary>
internal sealed class WatchedStore(ISiloStore inner) : ISiloStore, IResourceStore, IAuditLog
{
    private int _reads;

    public int Reads => Volatile.Read(ref _reads);

    public bool AuditFails { get; set; }

    public ISpool Spool => inner.Spool;

    public ITenantStore Tenants => inner.Tenants;

    public IEventLog Events => inner.Events;

    public IResourceStore Resources => this;

    public ISuppressionStore Suppressions => inner.Suppressions;

    public INoticeStore Notices => inner.Notices;

    public IRollUpStore RollUps => inner.RollUps;

    public IInsightStore Insights => inner.Insights;

    public IExportStore Exports => inner.Exports;

    public IContactStore Contacts => inner.Contacts;

    public IOptOutStore OptOuts => inner.OptOuts;

    public IAddressStore Addresses => inner.Addresses;

    public IAuditLog Audit => this;

    public IOwnership Ownership => inner.Ownership;

    public bool AcceptsWrites => inner.AcceptsWrites;

    public string? WriteRefusal => inner.WriteRefusal;

    public ValueTask<StoredResource?> Get(ResourceKind kind, string name, CancellationToken cancellationToken)
    {
        if (kind is ResourceKind.EmailIdentity or ResourceKind.ConfigurationSet or ResourceKind.EmailTemplate) Interlocked.Increment(ref _reads);
        return inner.Resources.Get(kind, name, cancellationToken);
    }

    public ValueTask<ResourceCreation> Create(NewResource resource, CancellationToken cancellationToken) =>
        inner.Resources.Create(resource, cancellationToken);

    public ValueTask<bool> Replace(
        ResourceKind kind, string name, ReadOnlyMemory<byte> document, long expectedVersion, CancellationToken cancellationToken) =>
        inner.Resources.Replace(kind, name, document, expectedVersion, cancellationToken);

    public ValueTask<ResourceDeletion> Delete(ResourceKind kind, string name, string arn, CancellationToken cancellationToken) =>
        inner.Resources.Delete(kind, name, arn, cancellationToken);

    public ValueTask<Page<StoredResource>> List(
        ResourceKind kind, string? afterName, string? nameContains, int pageSize, CancellationToken cancellationToken) =>
        inner.Resources.List(kind, afterName, nameContains, pageSize, cancellationToken);

    public ValueTask<IReadOnlyList<ResourceTag>> GetTags(string arn, CancellationToken cancellationToken) =>
        inner.Resources.GetTags(arn, cancellationToken);

    public ValueTask<bool> SetTags(string arn, IReadOnlyList<ResourceTag> tags, int maxTags, CancellationToken cancellationToken) =>
        inner.Resources.SetTags(arn, tags, maxTags, cancellationToken);

    public ValueTask RemoveTags(string arn, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        inner.Resources.RemoveTags(arn, keys, cancellationToken);

    public ValueTask<AssociationResult> Associate(Association association, int maxPerTenant, CancellationToken cancellationToken) =>
        inner.Resources.Associate(association, maxPerTenant, cancellationToken);

    public ValueTask<bool> Dissociate(string tenantName, string resourceArn, CancellationToken cancellationToken) =>
        inner.Resources.Dissociate(tenantName, resourceArn, cancellationToken);

    public ValueTask<Page<Association>> ListByTenant(
        string tenantName, ResourceKind? kind, string? afterArn, int pageSize, CancellationToken cancellationToken) =>
        inner.Resources.ListByTenant(tenantName, kind, afterArn, pageSize, cancellationToken);

    public ValueTask<Page<Association>> ListByResource(string resourceArn, string? afterTenant, int pageSize, CancellationToken cancellationToken) =>
        inner.Resources.ListByResource(resourceArn, afterTenant, pageSize, cancellationToken);

    public ValueTask<long> Begin(AuditEntry entry, CancellationToken cancellationToken) =>
        AuditFails ? throw new StorageException("The audit log is full.") : inner.Audit.Begin(entry, cancellationToken);

    public ValueTask End(long id, AuditResult result, CancellationToken cancellationToken) => inner.Audit.End(id, result, cancellationToken);

    public ValueTask<Page<AuditRecord>> List(AuditFilter filter, int pageSize, CancellationToken cancellationToken) =>
        inner.Audit.List(filter, pageSize, cancellationToken);

    public ValueTask<bool> DropBefore(DateTimeOffset instant, CancellationToken cancellationToken) =>
        inner.Audit.DropBefore(instant, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
