using System.ComponentModel.DataAnnotations;

namespace Silo.Server.Lists.Imports;

/// <summary>Section <c>Silo:Imports</c>: where import jobs read, in the place of S3.</summary>
public sealed class ImportOptions
{
    public const string Section = "Silo:Imports";

    /// <summary>The buckets of s3://bucket/key, each a directory of this machine; at most 100. Default none: no import can be made.</summary>
    [MaxLength(100)]
    public List<ImportBucketOptions> Buckets { get; set; } = [];

    internal IEnumerable<string> Errors()
    {
        foreach (var bucket in Buckets.Where(b => !Path.IsPathFullyQualified(b.Directory)))
            yield return $"{Section}:Buckets: {bucket.Directory} is not an absolute path.";
        foreach (var name in Buckets.GroupBy(b => b.Name, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key))
            yield return $"{Section}:Buckets: {name} stands there twice.";
    }
}

public sealed class ImportBucketOptions
{
    /// <summary>3 to 63 lower-case letters, digits, hyphens, dots.</summary>
    [Required]
    [RegularExpression("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    public string Name { get; set; } = "";

    /// <summary>An absolute path. Silos that have a bucket must have the same files in it.</summary>
    [Required]
    public string Directory { get; set; } = "";

    /// <summary>The tenant whose own keys may import from it; default none: the platform's keys alone may.</summary>
    public string? TenantName { get; set; }
}
