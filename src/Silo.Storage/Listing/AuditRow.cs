namespace Silo.Storage.Listing;

/// <summary>A record with its result, as both engines read it.</summary>
internal sealed class AuditRow
{
    public long Id { get; set; }

    public long At { get; set; }

    public string RequestId { get; set; } = "";

    public string KeyId { get; set; } = "";

    public int KeyKind { get; set; }

    public string Operation { get; set; } = "";

    public string? Resource { get; set; }

    public string? TenantName { get; set; }

    public string? Address { get; set; }

    public int? Status { get; set; }

    public string? Error { get; set; }

    /// <summary>The condition of a filter, with the parameters of <see cref="Parameters"/>.</summary>
    public static string Where(AuditFilter filter)
    {
        var conditions = new List<string>();
        if (filter.BeforeId is not null) conditions.Add("e.id < @BeforeId");
        if (filter.KeyId is not null) conditions.Add("e.key_id = @KeyId");
        if (filter.TenantName is not null) conditions.Add("e.tenant_name = @TenantName");
        if (filter.Operation is not null) conditions.Add("e.operation = @Operation");
        if (filter.From is not null) conditions.Add("e.at >= @From");
        if (filter.Until is not null) conditions.Add("e.at < @Until");
        return conditions.Count == 0 ? "" : "WHERE " + string.Join(" AND ", conditions);
    }

    public static object Parameters(AuditFilter filter, int limit) => new
    {
        filter.BeforeId, filter.KeyId, filter.TenantName, filter.Operation, From = filter.From?.UtcTicks, Until = filter.Until?.UtcTicks,
        Limit = limit,
    };

    public AuditRecord ToRecord() => new(
        Id, new AuditEntry(new DateTimeOffset(At, TimeSpan.Zero), RequestId, KeyId, KeyKind, Operation, Resource, TenantName, Address),
        Status is { } status ? new AuditResult(status, Error) : null);
}
