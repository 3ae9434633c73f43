using System.ComponentModel.DataAnnotations;

namespace Silo.Server.Access;

public sealed class AuditOptions
{
    /// <summary>Days that records of who changed what are kept: 1 to 3,650. Default 400.</summary>
    [Range(1, 3_650)]
    public int RetentionDays { get; set; } = 400;
}

public sealed class KeyRingOptions
{
    /// <summary>
    /// Where the key ring lies that secrets of access keys are encrypted with. Default (null): <c>key-ring</c> in the data directory; with
    /// PostgreSQL in the database. A directory that all silos share keeps it out of the database, and out of its backups.
    /// </summary>
    public string? Directory { get; set; }
}
