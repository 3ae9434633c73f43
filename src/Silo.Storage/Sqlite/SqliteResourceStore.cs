using Dapper;
using Silo.Storage.Listing;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

internal sealed class SqliteResourceStore(Writer writer, ReaderPool readers) : IResourceStore
{
    private const string ResourceColumns = "kind AS Kind, name AS Name, document AS Document, created_at AS CreatedAt, version AS Version";

    private const string AssociationColumns =
        """
        tenant_name AS TenantName, tenant_id AS TenantId, resource_arn AS ResourceArn, kind AS Kind, resource_name AS ResourceName,
        created_at AS CreatedAt
        """;

    public ValueTask<StoredResource?> Get(ResourceKind kind, string name, CancellationToken cancellationToken) =>
        readers.Read(reader => reader.Connection.QuerySingleOrDefault<ResourceRow>(
            $"SELECT {ResourceColumns} FROM resources WHERE kind = @kind AND name = @name", new { kind = (int)kind, name })?.ToResource(), cancellationToken);

    public ValueTask<ResourceCreation> Create(NewResource resource, CancellationToken cancellationToken) =>
        Change(batch => ResourceChanges.Create(batch.Connection, resource), cancellationToken);

    public ValueTask<bool> Replace(ResourceKind kind, string name, ReadOnlyMemory<byte> document, long expectedVersion, CancellationToken cancellationToken)
    {
        var bytes = document.ToArray();
        return Change(batch => ResourceChanges.Replace(batch.Connection, kind, name, bytes, expectedVersion), cancellationToken);
    }

    public ValueTask<ResourceDeletion> Delete(ResourceKind kind, string name, string arn, CancellationToken cancellationToken) =>
        Change(batch => ResourceChanges.Delete(batch.Connection, kind, name, arn), cancellationToken);

    public ValueTask<Page<StoredResource>> List(
        ResourceKind kind, string? afterName, string? nameContains, int pageSize, CancellationToken cancellationToken)
    {
        var limit = ControlPlane.PageSize(pageSize);
        var sql = $"SELECT {ResourceColumns} FROM resources WHERE kind = @kind";
        if (afterName is not null) sql += " AND name > @afterName";
        if (nameContains is not null) sql += " AND instr(name, @nameContains) > 0";
        return readers.Read(reader =>
        {
            var rows = reader.Connection.Query<ResourceRow>(
                sql + " ORDER BY name LIMIT @Limit", new { kind = (int)kind, afterName, nameContains, Limit = limit + 1 });
            return ControlPlane.PageOf(rows.Select(r => r.ToResource()).ToList(), limit, r => r.Name);
        }, cancellationToken);
    }

    public ValueTask<IReadOnlyList<ResourceTag>> GetTags(string arn, CancellationToken cancellationToken) =>
        readers.Read<IReadOnlyList<ResourceTag>>(reader =>
            [.. reader.Connection.Query<(string Key, string Value)>("SELECT key, value FROM tags WHERE arn = @arn ORDER BY key", new { arn })
                .Select(t => new ResourceTag(t.Key, t.Value))], cancellationToken);

    public ValueTask<bool> SetTags(string arn, IReadOnlyList<ResourceTag> tags, int maxTags, CancellationToken cancellationToken) =>
        Change(batch => ResourceChanges.SetTags(batch.Connection, arn, tags, maxTags), cancellationToken);

    public async ValueTask RemoveTags(string arn, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        await Change(batch =>
        {
            foreach (var key in keys) batch.Connection.Execute("DELETE FROM tags WHERE arn = @arn AND key = @key", new { arn, key });
            return true;
        }, cancellationToken);

    public ValueTask<AssociationResult> Associate(Association association, int maxPerTenant, CancellationToken cancellationToken) =>
        Change(batch => ResourceChanges.Associate(batch.Connection, association, maxPerTenant), cancellationToken);

    public ValueTask<bool> Dissociate(string tenantName, string resourceArn, CancellationToken cancellationToken) =>
        Change(batch => batch.Connection.Execute(
            "DELETE FROM associations WHERE tenant_name = @tenantName AND resource_arn = @resourceArn", new { tenantName, resourceArn }) == 1,
            cancellationToken);

    public ValueTask<Page<Association>> ListByTenant(
        string tenantName, ResourceKind? kind, string? afterArn, int pageSize, CancellationToken cancellationToken)
    {
        var sql = $"SELECT {AssociationColumns} FROM associations WHERE tenant_name = @tenantName";
        if (kind is not null) sql += " AND kind = @kind";
        if (afterArn is not null) sql += " AND resource_arn > @afterArn";
        return ListAssociations(
            sql + " ORDER BY resource_arn", limit => new { tenantName, kind = (int?)kind, afterArn, Limit = limit }, pageSize, a => a.ResourceArn,
            cancellationToken);
    }

    public ValueTask<Page<Association>> ListByResource(string resourceArn, string? afterTenant, int pageSize, CancellationToken cancellationToken)
    {
        var sql = $"SELECT {AssociationColumns} FROM associations WHERE resource_arn = @resourceArn";
        if (afterTenant is not null) sql += " AND tenant_name > @afterTenant";
        return ListAssociations(
            sql + " ORDER BY tenant_name", limit => new { resourceArn, afterTenant, Limit = limit }, pageSize, a => a.TenantName, cancellationToken);
    }

    private ValueTask<Page<Association>> ListAssociations(
        string sql, Func<int, object> parameters, int pageSize, Func<Association, string> key, CancellationToken cancellationToken)
    {
        var limit = ControlPlane.PageSize(pageSize);
        return readers.Read(reader =>
        {
            var rows = reader.Connection.Query<AssociationRow>(sql + " LIMIT @Limit", parameters(limit + 1));
            return ControlPlane.PageOf(rows.Select(r => r.ToAssociation()).ToList(), limit, key);
        }, cancellationToken);
    }

    private ValueTask<T> Change<T>(Func<BatchWriter, T> change, CancellationToken cancellationToken) =>
        new(writer.Change(ControlPlane.Line, change, cancellationToken));
}
