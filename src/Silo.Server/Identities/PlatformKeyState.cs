namespace Silo.Server.Identities;

/// <summary>A key of the platform's, as its record stands for it.</summary>
/// <param name="PublicKey">Base64 of SubjectPublicKeyInfo.</param>
internal sealed record PlatformRecord(string Domain, string Selector, string PublicKey);

/// <summary>Which key of the platform's mail is signed with. Pure; stored, so that all silos sign with the same.</summary>
internal sealed record PlatformKeyState
{
    /// <summary>The one whose record was found last; null when none was.</summary>
    public PlatformRecord? InUse { get; init; }

    /// <summary>What was looked for last.</summary>
    public required PlatformRecord Wanted { get; init; }

    /// <summary>Since when the record of the one in use is missing; null while it is there.</summary>
    public DateTimeOffset? MissingSince { get; init; }

    public int MissedLooks { get; init; }

    /// <summary>It has been missing for long: nothing is signed with it until it is back.</summary>
    public bool IsMissing { get; init; }

    public DateTimeOffset NextLookAt { get; init; }

    private static readonly TimeSpan WaitsForRecord = TimeSpan.FromMinutes(5);

    /// <summary>As with identities: the record is there before the key signs, and a gap of an hour is none.</summary>
    /// <param name="before">Null when nothing was looked for yet.</param>
    /// <param name="isNew">The wanted key has signed nothing yet.</param>
    public static PlatformKeyState Apply(
        PlatformKeyState? before, PlatformRecord wanted, bool isNew, RecordFinding finding, DateTimeOffset now)
    {
        // An earlier release has signed with it without a look.
        var state = before ?? new PlatformKeyState { Wanted = wanted, InUse = isNew ? null : wanted };
        state = state with { Wanted = wanted };
        if (finding.Status == RecordStatus.Right)
            return new PlatformKeyState { Wanted = wanted, InUse = wanted, NextLookAt = now + VerificationRules.Daily };
        if (finding.Status == RecordStatus.Unknown || state.InUse != wanted) return state with { NextLookAt = now + WaitsForRecord };
        var (since, looks) = (state.MissingSince is { } known && known <= now ? known : now, state.MissedLooks + 1);
        return state with
        {
            MissingSince = since, MissedLooks = looks, NextLookAt = now + (VerificationRules.Hourly / 2),
            IsMissing = state.IsMissing || (looks >= VerificationRules.LooksToMiss && now - since >= VerificationRules.Hourly),
        };
    }
}
