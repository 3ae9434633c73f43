using Dapper;
using Npgsql;
using Silo.Storage.Listing;
using Silo.Storage.Writing;

namespace Silo.Storage.Postgres;

internal sealed class PostgresResourceStore(PostgresWriter writer, PostgresReaders readers) : IResourceStore
{
    private const string ResourceColumns =
        """kind AS "Kind", name AS "Name", document AS "Document", created_at AS "CreatedAt", version AS "Version" """;

    private const string AssociationColumns =
        """
        tenant_name AS "TenantName", tenant_id AS "TenantId", resource_arn AS "ResourceArn", kind AS "Kind",
        resource_name AS "ResourceName", created_at AS "CreatedAt"
        """;

    public async ValueTask<StoredResource?> Get(ResourceKind kind, string name, CancellationToken cancellationToken) =>
        (await Query<ResourceRow>(
            $"SELECT {ResourceColumns} FROM resources WHERE kind = @kind AND name = @name",
            new { kind = (int)kind, name }, cancellationToken)).SingleOrDefault()?.ToResource();

    public async ValueTask<ResourceCreation> Create(NewResource resource, CancellationToken cancellationToken) =>
        await Change("create_resource", cancellationToken, (int)resource.Kind, resource.Name, resource.Arn, resource.Document.ToArray(),
            resource.CreatedAt.UtcTicks, Keys(resource.Tags), Values(resource.Tags), (long)resource.MaxOfKind) switch
        {
            0 => ResourceCreation.AlreadyExists,
            < 0 => ResourceCreation.LimitReached,
            _ => ResourceCreation.Created,
        };

    public async ValueTask<bool> Replace(
        ResourceKind kind, string name, ReadOnlyMemory<byte> document, long expectedVersion, CancellationToken cancellationToken) =>
        await Change("replace_resource", cancellationToken, (int)kind, name, document.ToArray(), expectedVersion) == 1;

    public async ValueTask<ResourceDeletion> Delete(ResourceKind kind, string name, string arn, CancellationToken cancellationToken) =>
        await Change("delete_resource", cancellationToken, (int)kind, name, arn) switch
        {
            0 => ResourceDeletion.NotFound,
            < 0 => ResourceDeletion.HasAssociations,
            _ => ResourceDeletion.Deleted,
        };

    public async ValueTask<Page<StoredResource>> List(
        ResourceKind kind, string? afterName, string? nameContains, int pageSize, CancellationToken cancellationToken)
    {
        var limit = ControlPlane.PageSize(pageSize);
        var sql = $"SELECT {ResourceColumns} FROM resources WHERE kind = @kind";
        if (afterName is not null) sql += " AND name > @afterName";
        if (nameContains is not null) sql += " AND strpos(name, @nameContains) > 0";
        var rows = await Query<ResourceRow>(
            sql + " ORDER BY name LIMIT @Limit", new { kind = (int)kind, afterName, nameContains, Limit = limit + 1 }, cancellationToken);
        return ControlPlane.PageOf(rows.Select(r => r.ToResource()).ToList(), limit, r => r.Name);
    }

    public ValueTask<IReadOnlyList<ResourceTag>> GetTags(string arn, CancellationToken cancellationToken) =>
        readers.List("SELECT key, value FROM tags WHERE arn = $1 ORDER BY key",
            r => new ResourceTag(r.GetString(0), r.GetString(1)), cancellationToken,
            new NpgsqlParameter<string> { TypedValue = arn });

    public async ValueTask<bool> SetTags(string arn, IReadOnlyList<ResourceTag> tags, int maxTags, CancellationToken cancellationToken) =>
        await Change("set_tags", cancellationToken, arn, Keys(tags), Values(tags), (long)maxTags) == 1;

    public async ValueTask RemoveTags(string arn, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        await Change("remove_tags", cancellationToken, arn, keys.ToArray());

    public async ValueTask<AssociationResult> Associate(Association association, int maxPerTenant, CancellationToken cancellationToken) =>
        await Change("associate", cancellationToken, association.TenantName, association.TenantId, association.ResourceArn,
            (int)association.Kind, association.ResourceName, association.CreatedAt.UtcTicks, (long)maxPerTenant) switch
        {
            1 => AssociationResult.Associated,
            0 => AssociationResult.AlreadyAssociated,
            -1 => AssociationResult.NoSuchTenant,
            -2 => AssociationResult.NoSuchResource,
            _ => AssociationResult.LimitReached,
        };

    public async ValueTask<bool> Dissociate(string tenantName, string resourceArn, CancellationToken cancellationToken) =>
        await Change("dissociate", cancellationToken, tenantName, resourceArn) == 1;

    public ValueTask<Page<Association>> ListByTenant(
        string tenantName, ResourceKind? kind, string? afterArn, int pageSize, CancellationToken cancellationToken)
    {
        var sql = $"SELECT {AssociationColumns} FROM associations WHERE tenant_name = @tenantName";
        if (kind is not null) sql += " AND kind = @kind";
        if (afterArn is not null) sql += " AND resource_arn > @afterArn";
        return ListAssociations(
            sql + " ORDER BY resource_arn", limit => new { tenantName, kind = (int?)kind, afterArn, Limit = limit }, pageSize,
            a => a.ResourceArn, cancellationToken);
    }

    public ValueTask<Page<Association>> ListByResource(
        string resourceArn, string? afterTenant, int pageSize, CancellationToken cancellationToken)
    {
        var sql = $"SELECT {AssociationColumns} FROM associations WHERE resource_arn = @resourceArn";
        if (afterTenant is not null) sql += " AND tenant_name > @afterTenant";
        return ListAssociations(
            sql + " ORDER BY tenant_name", limit => new { resourceArn, afterTenant, Limit = limit }, pageSize,
            a => a.TenantName, cancellationToken);
    }

    private static string[] Keys(IReadOnlyList<ResourceTag> tags) => [.. tags.Select(t => t.Key)];

    private static string[] Values(IReadOnlyList<ResourceTag> tags) => [.. tags.Select(t => t.Value)];

    private async ValueTask<Page<Association>> ListAssociations(
        string sql, Func<int, object> parameters, int pageSize, Func<Association, string> key, CancellationToken cancellationToken)
    {
        var limit = ControlPlane.PageSize(pageSize);
        var rows = await Query<AssociationRow>(sql + " LIMIT @Limit", parameters(limit + 1), cancellationToken);
        return ControlPlane.PageOf(rows.Select(r => r.ToAssociation()).ToList(), limit, key);
    }

    private Task<long> Change(string function, CancellationToken cancellationToken, params object[] arguments)
    {
        var sql = $"SELECT {function}({string.Join(", ", arguments.Select((_, i) => $"${i + 1}"))})";
        return writer.Change(
            ControlPlane.Line, sql, () => arguments.Select(a => new NpgsqlParameter { Value = a }), null, cancellationToken);
    }

    private ValueTask<List<T>> Query<T>(string sql, object parameters, CancellationToken cancellationToken) =>
        readers.With<List<T>>(
            async connection => [.. await connection.QueryAsync<T>(new CommandDefinition(sql, parameters))], cancellationToken);
}
