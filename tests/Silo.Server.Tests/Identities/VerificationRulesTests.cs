using Silo.Server.Accounts;
using Silo.Server.Identities;
using Xunit;

namespace Silo.Server.Tests.Identities;

/// <summary>What one look after the other makes of an identity that was verified.</summary>
public sealed class VerificationRulesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan RevokeAfter = TimeSpan.FromDays(3);
    private static readonly RecordFinding Absent = new(RecordStatus.Absent, "HOST_NOT_FOUND", "There is none.");

    [Fact]
    public void Two_looks_in_vain_are_a_gap_however_far_apart_and_the_third_is_an_absence()
    {
        var identity = Missed(Verified(), Noon, Noon.AddHours(5));
        Assert.Equal("SUCCESS", identity.Dkim.Status);
        Assert.Equal("TEMPORARY_FAILURE", Missed(identity, Noon.AddHours(6)).Dkim.Status);
    }

    [Fact]
    public void Three_looks_within_an_hour_are_a_gap_too()
    {
        var identity = Missed(Verified(), Noon, Noon.AddMinutes(20), Noon.AddMinutes(59));
        Assert.Equal("SUCCESS", identity.Dkim.Status);
        Assert.Equal("TEMPORARY_FAILURE", Missed(identity, Noon.AddMinutes(60)).Dkim.Status);
    }

    [Fact]
    public void A_clock_that_is_set_back_counts_from_where_it_stands_now()
    {
        var before = Missed(Verified(), Noon);
        var identity = Missed(before, Noon.AddDays(-30), Noon.AddDays(-30).AddMinutes(59));
        Assert.Equal(("SUCCESS", Noon.AddDays(-30)), (identity.Dkim.Status, identity.Proof!.MissingSince));
        Assert.Equal("TEMPORARY_FAILURE", Missed(identity, Noon.AddDays(-30).AddHours(1)).Dkim.Status);
    }

    [Fact]
    public void What_has_failed_is_looked_for_daily_and_what_is_missing_each_half_hour_or_hour()
    {
        Assert.Equal(Noon.AddMinutes(30), Missed(Verified(), Noon).Proof!.NextLookAt);
        var gone = Missed(Verified(), Noon, Noon.AddHours(1), Noon.AddHours(2));
        Assert.Equal(("TEMPORARY_FAILURE", Noon.AddHours(3)), (gone.Dkim.Status, gone.Proof!.NextLookAt));
        var failed = Missed(gone, Noon + RevokeAfter);
        Assert.Equal(("FAILED", "FAILED"), (failed.Dkim.Status, failed.VerificationStatus));
        Assert.Equal(Noon + RevokeAfter + TimeSpan.FromDays(1), failed.Proof!.NextLookAt);
        var still = Missed(failed, Noon.AddDays(10));
        Assert.Equal(("FAILED", Noon.AddDays(11)), (still.Dkim.Status, still.Proof!.NextLookAt));
    }

    private static EmailIdentity Missed(EmailIdentity identity, params DateTimeOffset[] looks) => looks.Aggregate(
        identity, (i, at) => VerificationRules.Apply(i, new IdentityLook(Absent, null, null, null), RevokeAfter, at));

    private static EmailIdentity Verified() => new()
    {
        Name = "acme.example", CreatedAt = Noon.AddDays(-100), VerificationStatus = "SUCCESS",
        Dkim = new DkimSettings { SigningEnabled = true, Status = "SUCCESS", Origin = "EXTERNAL", Tokens = ["own"] },
    };
}
