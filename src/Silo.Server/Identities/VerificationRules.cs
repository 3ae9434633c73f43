using Silo.Server.Accounts;

namespace Silo.Server.Identities;

/// <summary>What a look at DNS found of an identity. What was not looked at is null, and stays as it was.</summary>
/// <param name="Key">The record of the signing key.</param>
/// <param name="NextKey">That of the one to come.</param>
/// <param name="MailFrom">Both records of the MAIL FROM domain.</param>
internal sealed record IdentityLook(RecordFinding? Key, RecordFinding? NextKey, RecordFinding? MailFrom, ZoneAuthority? Authority);

/// <summary>
/// From what DNS says to what an identity is, as SES has it: what is never found fails after 72 hours; what was found and is gone for days
/// is taken back; name servers that fail say nothing either way. Pure.
/// </summary>
internal static class VerificationRules
{
    public const string Pending = "PENDING";
    public const string Success = "SUCCESS";
    public const string Failed = "FAILED";
    public const string Temporary = "TEMPORARY_FAILURE";

    /// <summary>How long records may take to be found at first (SES developer guide, verifying a domain).</summary>
    public static readonly TimeSpan PendingFor = TimeSpan.FromHours(72);

    public static readonly TimeSpan Daily = TimeSpan.FromDays(1);
    public static readonly TimeSpan Hourly = TimeSpan.FromHours(1);

    /// <summary>Looks in a row, over an hour or more, that must miss what was found before anything follows from it.</summary>
    public const int LooksToMiss = 3;

    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    public static EmailIdentity Apply(EmailIdentity identity, IdentityLook look, TimeSpan revokeAfter, DateTimeOffset now)
    {
        var next = WithMailFrom(identity, look.MailFrom, revokeAfter, now);
        var finding = look.Key;
        if (look.NextKey?.Status == RecordStatus.Right)
        {
            next = next with { Dkim = Use(next.Dkim, next.Dkim.NextSelector!) };
            finding = RecordFinding.Right;
        }

        if (finding is not null) next = WithKey(next, finding, revokeAfter, now);
        return next with
        {
            LastCheckedAt = now,
            Proof = (next.Proof ?? new IdentityProof()) with
            {
                ErrorType = finding?.ErrorType ?? look.MailFrom?.ErrorType, Authority = look.Authority, NextLookAt = NextLook(next, finding, now),
            },
        };
    }

    /// <summary>An identity whose keys are to be found anew, from now on.</summary>
    public static EmailIdentity Restart(EmailIdentity identity, DateTimeOffset now) => identity with
    {
        Dkim = identity.Dkim with { Status = Pending },
        VerificationStatus = identity.VerificationStatus == Success ? Success : Pending,
        Proof = new IdentityProof { PendingSince = now, NextLookAt = now, Told = identity.Proof?.Told },
    };

    /// <summary>Mail is signed with the key at this selector from now on.</summary>
    public static DkimSettings Use(DkimSettings dkim, string selector) => dkim with
    {
        Selector = selector, NextSelector = null, CurrentSigningKeyLength = dkim.Origin == "AWS_SES" ? dkim.NextSigningKeyLength : null,
    };

    private static EmailIdentity WithKey(EmailIdentity identity, RecordFinding finding, TimeSpan revokeAfter, DateTimeOffset now)
    {
        var proof = identity.Proof ?? new IdentityProof();
        var (status, missingSince, missed) = Step(
            identity.Dkim.Status, proof.PendingSince ?? identity.CreatedAt, proof.MissingSince, proof.MissedLooks, finding, revokeAfter, now);
        return identity with
        {
            Dkim = identity.Dkim with { Status = status },
            // Mail goes on while a key is replaced, or gone for hours.
            VerificationStatus = status is Success or Failed ? status : identity.VerificationStatus == Success ? Success : status,
            LastSuccessAt = status == Success && finding.Status == RecordStatus.Right ? now : identity.LastSuccessAt,
            Proof = proof with { MissingSince = missingSince, MissedLooks = missed },
        };
    }

    private static EmailIdentity WithMailFrom(EmailIdentity identity, RecordFinding? finding, TimeSpan revokeAfter, DateTimeOffset now)
    {
        if (identity.MailFrom is not { } mailFrom || finding is null) return identity;
        var (status, missingSince, missed) = Step(
            mailFrom.Status, mailFrom.PendingSince, mailFrom.MissingSince, mailFrom.MissedLooks, finding, revokeAfter, now);
        return identity with { MailFrom = mailFrom with { Status = status, MissingSince = missingSince, MissedLooks = missed } };
    }

    private static (string Status, DateTimeOffset? MissingSince, int Missed) Step(
        string status, DateTimeOffset pendingSince, DateTimeOffset? missingSince, int missed, RecordFinding finding, TimeSpan revokeAfter,
        DateTimeOffset now)
    {
        if (finding.Status == RecordStatus.Right) return (Success, null, 0);
        var wasFound = status == Success || missingSince is not null;
        if (finding.Status == RecordStatus.Unknown) return (wasFound || status == Failed ? status : Temporary, missingSince, missed);
        if (!wasFound) return (status == Failed || now - pendingSince >= PendingFor ? Failed : Pending, null, 0);

        // A clock that was set back must not make it miss for ever.
        var since = missingSince is { } known && known <= now ? known : now;
        var looks = missed + 1;
        if (looks < LooksToMiss || now - since < Hourly) return (status, since, looks);
        return now - since >= revokeAfter ? (Failed, null, 0) : (Temporary, since, looks);
    }

    private static DateTimeOffset NextLook(EmailIdentity identity, RecordFinding? finding, DateTimeOffset now)
    {
        var proof = identity.Proof ?? new IdentityProof();
        var wait = Daily;
        if (finding is not null)
        {
            wait = Least(wait, identity.Dkim.Status switch
            {
                Failed => Daily,
                Success when proof.MissingSince is null && finding.Status == RecordStatus.Right => Daily,
                Success => Hourly / 2,
                _ when proof.MissingSince is not null => Hourly,
                _ => Backoff(now - (proof.PendingSince ?? identity.CreatedAt)),
            });
            if (identity.Dkim.NextSelector is not null) wait = Least(wait, Hourly / 2);
        }

        if (identity.MailFrom is { } mailFrom)
        {
            wait = Least(wait, mailFrom.Status switch
            {
                Failed or Success when mailFrom.MissingSince is null => Daily,
                _ when mailFrom.MissingSince is not null => Hourly / 2,
                _ => Backoff(now - mailFrom.PendingSince),
            });
        }

        return now + wait;
    }

    /// <summary>A quarter of the time that has passed: from a minute to an hour.</summary>
    private static TimeSpan Backoff(TimeSpan age) => Least(Hourly, age / 4 > Shortest ? age / 4 : Shortest);

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
