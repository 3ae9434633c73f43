using Dapper;
using Microsoft.Data.Sqlite;

namespace Silo.Storage.Sqlite;

/// <summary>Changes of resources, tags and associations, inside a batch. Each looks first and writes then.</summary>
internal static class ResourceChanges
{
    public static ResourceCreation Create(SqliteConnection connection, NewResource resource)
    {
        var kind = (int)resource.Kind;
        if (connection.ExecuteScalar<long?>("SELECT 1 FROM resources WHERE kind = @kind AND name = @Name", new { kind, resource.Name }) is not null)
            return ResourceCreation.AlreadyExists;
        if (connection.ExecuteScalar<long>("SELECT COUNT(*) FROM resources WHERE kind = @kind", new { kind }) >= resource.MaxOfKind)
            return ResourceCreation.LimitReached;
        connection.Execute(
            "INSERT INTO resources (kind, name, arn, document, created_at, version) VALUES (@kind, @Name, @Arn, @Document, @CreatedAt, 1)",
            new { kind, resource.Name, resource.Arn, Document = resource.Document.ToArray(), CreatedAt = resource.CreatedAt.UtcTicks });
        PutTags(connection, resource.Arn, resource.Tags);
        return ResourceCreation.Created;
    }

    public static bool Replace(SqliteConnection connection, ResourceKind kind, string name, byte[] document, long expectedVersion) =>
        connection.Execute(
            """
            UPDATE resources SET document = @document, version = version + 1
            WHERE kind = @kind AND name = @name AND version = @expectedVersion
            """,
            new { kind = (int)kind, name, document, expectedVersion }) == 1;

    public static ResourceDeletion Delete(SqliteConnection connection, ResourceKind kind, string name, string arn)
    {
        var found = connection.ExecuteScalar<long?>("SELECT 1 FROM resources WHERE kind = @kind AND name = @name", new { kind = (int)kind, name });
        if (found is null) return ResourceDeletion.NotFound;
        if (connection.ExecuteScalar<long?>("SELECT 1 FROM associations WHERE resource_arn = @arn LIMIT 1", new { arn }) is not null)
            return ResourceDeletion.HasAssociations;
        connection.Execute(
            "DELETE FROM resources WHERE kind = @kind AND name = @name; DELETE FROM tags WHERE arn = @arn", new { kind = (int)kind, name, arn });
        return ResourceDeletion.Deleted;
    }

    public static bool SetTags(SqliteConnection connection, string arn, IReadOnlyList<ResourceTag> tags, int maxTags)
    {
        var keys = connection.Query<string>("SELECT key FROM tags WHERE arn = @arn", new { arn }).ToHashSet(StringComparer.Ordinal);
        foreach (var tag in tags) keys.Add(tag.Key);
        if (keys.Count > maxTags) return false;
        PutTags(connection, arn, tags);
        return true;
    }

    public static void PutTags(SqliteConnection connection, string arn, IReadOnlyList<ResourceTag> tags)
    {
        const string Put = "INSERT INTO tags (arn, key, value) VALUES (@arn, @Key, @Value) ON CONFLICT (arn, key) DO UPDATE SET value = excluded.value";
        foreach (var tag in tags) connection.Execute(Put, new { arn, tag.Key, tag.Value });
    }

    public static AssociationResult Associate(SqliteConnection connection, Association association, int maxPerTenant)
    {
        var row = new
        {
            association.TenantName, association.TenantId, association.ResourceArn, Kind = (int)association.Kind, association.ResourceName,
            CreatedAt = association.CreatedAt.UtcTicks,
        };
        // By id as well: a tenant that was deleted and made again under its name is another one.
        if (connection.ExecuteScalar<long?>("SELECT 1 FROM tenants WHERE name = @TenantName AND tenant_id = @TenantId", row) is null)
            return AssociationResult.NoSuchTenant;
        if (connection.ExecuteScalar<long?>("SELECT 1 FROM resources WHERE kind = @Kind AND name = @ResourceName AND arn = @ResourceArn", row) is null)
            return AssociationResult.NoSuchResource;
        if (connection.ExecuteScalar<long?>(
            "SELECT 1 FROM associations WHERE tenant_name = @TenantName AND resource_arn = @ResourceArn", row) is not null)
            return AssociationResult.AlreadyAssociated;
        if (connection.ExecuteScalar<long>("SELECT COUNT(*) FROM associations WHERE tenant_name = @TenantName", row) >= maxPerTenant)
            return AssociationResult.LimitReached;
        connection.Execute(
            """
            INSERT INTO associations (tenant_name, resource_arn, tenant_id, kind, resource_name, created_at)
            VALUES (@TenantName, @ResourceArn, @TenantId, @Kind, @ResourceName, @CreatedAt)
            """, row);
        return AssociationResult.Associated;
    }
}
