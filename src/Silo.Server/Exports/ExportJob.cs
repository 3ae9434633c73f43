using System.Text.Json.Serialization;
using Silo.Server.SesApi.Operations.Exports;

namespace Silo.Server.Exports;

/// <summary>How far a job is, as SES names it.</summary>
internal enum ExportStatus
{
    Created,
    Processing,
    Completed,
    Failed,
    Cancelled,
}

/// <summary>An export job. Stored as JSON; additions must be optional.</summary>
/// <param name="Id">Time and chance in hex, so that jobs are listed by age.</param>
/// <param name="Source">As it was asked for: exactly one of its members.</param>
/// <param name="IsJson">JSON by the line, else CSV.</param>
internal sealed record ExportJob(string Id, ExportDataSourceShape Source, bool IsJson, DateTimeOffset CreatedAt)
{
    /// <summary>Whose job it is, and whose messages alone it is about; null for the account.</summary>
    public string? TenantName { get; init; }

    /// <summary>Of that tenant: one that is made again under the name is another.</summary>
    public long TenantKey { get; init; }

    public ExportStatus Status { get; init; }

    /// <summary>How often it was taken up; each time it begins anew, with another file.</summary>
    public int Attempts { get; init; }

    public long Processed { get; init; }

    public long Exported { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Problem { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Until then it is in the hands of a silo; later, of whoever takes it first.</summary>
    public DateTimeOffset? HeldUntil { get; init; }

    /// <summary>How many parts its file has; 0 before it is completed, and when the file is gone.</summary>
    public int Parts { get; init; }

    [JsonIgnore]
    public bool IsOpen => Status is ExportStatus.Created or ExportStatus.Processing;

    [JsonIgnore]
    public bool IsOfMessages => Source.MessageInsightsDataSource is not null;

    /// <summary>The name of its file in the store.</summary>
    [JsonIgnore]
    public string File => $"{Id}.{Attempts}";
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ExportJob))]
internal sealed partial class ExportJobJson : JsonSerializerContext;
