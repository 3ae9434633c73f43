using System.Text.Json;
using Silo.Core.Pacing;
using Silo.Core.QueueControl;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Trust;

namespace Silo.Core.Tenants;

/// <summary>
/// The stored state of a tenant but its counters. Read by this release and the one before: additions are optional, and null when they are
/// absent, since the generated reader knows no other default.
/// </summary>
public sealed record TenantState
{
    /// <summary>Of this shape; a reader refuses a larger one.</summary>
    public int Version { get; init; } = 1;

    public required TenantStanding Standing { get; init; }

    public TenantSuppression? Suppression { get; init; }

    /// <summary>Null without any of its own.</summary>
    public TenantLimits? Limits { get; init; }

    /// <summary>Mail that was accepted before is expired, not sent. Null without such a limit.</summary>
    public DateTimeOffset? AcceptedFrom { get; init; }

    /// <summary>Orders about queued mail that are in force, the oldest first.</summary>
    public IReadOnlyList<QueueOrder>? Orders { get; init; }

    /// <summary>Orders held mail, and it is not known yet that all of it is back in the queue.</summary>
    public bool HoldsMail { get; init; }

    public required TenantBooks Books { get; init; }

    /// <summary>Recipients accepted, of the last days in which any were, the one that was counted in last first. Null without any.</summary>
    public IReadOnlyList<PlanCount>? AcceptedByDay { get; init; }

    /// <summary>The same by calendar month.</summary>
    public IReadOnlyList<PlanCount>? AcceptedByMonth { get; init; }

    /// <summary>Null when there never was a warm-up.</summary>
    public WarmUpRecord? WarmUp { get; init; }

    /// <summary>See <see cref="TenantLedger.WaitsCountFrom"/>.</summary>
    public DateTimeOffset? WaitsCountFrom { get; init; }

    /// <summary>Findings that closed within the last 30 days, oldest first.</summary>
    public IReadOnlyList<Finding> ClosedFindings { get; init; } = [];

    /// <summary>Null without any.</summary>
    public IReadOnlyList<FindingRecord>? FindingHistory { get; init; }

    /// <summary>Of third parties, of the last 7 days; null without any.</summary>
    public IReadOnlyList<ReportMark>? Reports { get; init; }

    /// <summary>Blocklists that name it; null without any.</summary>
    public IReadOnlyList<ReportMark>? Listings { get; init; }

    /// <summary>Message ids of the last hard bounces; null without any.</summary>
    public IReadOnlyList<string>? BounceSamples { get; init; }

    /// <summary>The same of complaints.</summary>
    public IReadOnlyList<string>? ComplaintSamples { get; init; }

    /// <summary>The same of reports.</summary>
    public IReadOnlyList<string>? ReportSamples { get; init; }

    /// <summary>As <see cref="VolumeHistory"/> writes it; null before the first mail.</summary>
    public byte[]? Volumes { get; init; }

    /// <summary>Null for a tenant that never had to do with trust tiers or reviews.</summary>
    public TenantTrust? Trust { get; init; }

    /// <summary>See <see cref="TenantLedger.Delivered"/>.</summary>
    public long Delivered { get; init; }

    /// <summary>See <see cref="TenantLedger.HighFindings"/>.</summary>
    public long HighFindings { get; init; }

    /// <summary>As <see cref="TenantUsage"/> writes it; null before the first mail.</summary>
    public byte[]? Usage { get; init; }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, TenantJson.Default.TenantState);

    public static TenantState Read(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize(bytes, TenantJson.Default.TenantState)!;
}
