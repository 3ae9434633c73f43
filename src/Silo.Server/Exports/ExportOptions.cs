using System.ComponentModel.DataAnnotations;

namespace Silo.Server.Exports;

/// <summary>Section <c>Silo:Exports</c>: how long what export jobs have written is there.</summary>
public sealed class ExportOptions
{
    public const string Section = "Silo:Exports";

    /// <summary>Days for which the file of a job is kept: 1 to 30. Default 7.</summary>
    [Range(1, 30)]
    public int KeepDays { get; set; } = 7;

    /// <summary>
    /// How long a link to a file is good: 1 min to 7 days. Default 1 hour. Each GetExportJob makes a new one; whoever has it can read the file.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan LinkLifetime { get; set; } = TimeSpan.FromHours(1);
}
