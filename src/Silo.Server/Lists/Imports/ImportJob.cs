using System.Text.Json.Serialization;

namespace Silo.Server.Lists.Imports;

/// <summary>How far a job is, as SES names it.</summary>
internal enum ImportStatus
{
    Created,
    Processing,
    Completed,
    Failed,
}

/// <summary>An import job. Stored as JSON; additions must be optional.</summary>
/// <param name="Id">Time and chance in hex, so that jobs are listed by age.</param>
/// <param name="ContactListName">Null for a suppression list.</param>
/// <param name="Delete">Takes what the file names off the list instead of putting it there.</param>
/// <param name="IsJson">JSON by the line, else CSV.</param>
internal sealed record ImportJob(
    string Id, string? ContactListName, bool Delete, string Url, bool IsJson, DateTimeOffset CreatedAt)
{
    /// <summary>Whose key made it; of a suppression list, whose list it is. Null for the account.</summary>
    public string? TenantName { get; init; }

    /// <summary>Which tenant of that name; null for the account, and of a release before this one.</summary>
    public string? TenantId { get; init; }

    /// <summary>What the list is stored under. Null for a suppression list, and of a release before this one: under its name.</summary>
    public string? ContactListKey { get; init; }

    /// <summary>The id of the list that had the name when the job was made. Null for a suppression list, and of a release before this one.</summary>
    public string? ContactListId { get; init; }

    public ImportStatus Status { get; init; }

    /// <summary>How often it was taken up since it last got on.</summary>
    public int Attempts { get; init; }

    /// <summary>Records that were read, failed ones included; a job that is taken up again goes on behind them.</summary>
    public long Processed { get; init; }

    public long Failed { get; init; }

    /// <summary>Why the job ended, or the first records that failed. Up to 1,000 characters.</summary>
    public string? Problem { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Until then it is in the hands of a silo; later, of whoever takes it first.</summary>
    public DateTimeOffset? HeldUntil { get; init; }

    [JsonIgnore]
    public bool IsOpen => Status is ImportStatus.Created or ImportStatus.Processing;
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ImportJob))]
internal sealed partial class ImportJson : JsonSerializerContext;
