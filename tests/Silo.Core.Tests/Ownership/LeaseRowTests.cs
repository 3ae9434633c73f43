using Silo.Core.Ownership;
using Xunit;

namespace Silo.Core.Tests.Ownership;

public class LeaseRowTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    [Fact]
    public void A_lapsed_lease_may_be_renewed_as_long_as_nobody_took_it()
    {
        var row = LeaseRow.Begun(Noon, Lease);
        Assert.True(row.IsLapsed(At(10)));

        Assert.False(row.Renew(At(60), Lease)!.Value.IsLapsed(At(69)));
        Assert.Null((row with { Taken = true }).Renew(At(1), Lease));
    }

    [Fact]
    public void Whoever_renewed_steadily_for_a_lease_may_take_over_a_lapsed_one()
    {
        var other = LeaseRow.Begun(Noon, Lease);
        var own = RenewedEachSecond(LeaseRow.Begun(Noon, Lease), 1, 10);

        Assert.True(own.MayTakeOver(other, At(10), Lease));
        Assert.False(own.MayTakeOver(other, At(9.9), Lease));
        Assert.False(own.MayTakeOver(other with { Taken = true }, At(10), Lease));
        Assert.False((own with { Taken = true }).MayTakeOver(other, At(10), Lease));
    }

    [Fact]
    public void A_new_incarnation_takes_nobody_over_for_a_whole_lease()
    {
        var other = LeaseRow.Begun(At(-60), Lease);
        var own = LeaseRow.Begun(Noon, Lease);

        Assert.False(RenewedEachSecond(own, 1, 9).MayTakeOver(other, At(9.9), Lease));
        Assert.True(RenewedEachSecond(own, 1, 10).MayTakeOver(other, At(10), Lease));
    }

    // A silent database and a clock of it that is set forward look the same from here.
    [Theory]
    [InlineData(5.1)]
    [InlineData(9.9)]
    [InlineData(30)]
    public void Nobody_takes_over_within_a_lease_after_the_database_was_silent(double silence)
    {
        var other = RenewedEachSecond(LeaseRow.Begun(Noon, Lease), 1, 59);
        var own = RenewedEachSecond(LeaseRow.Begun(Noon, Lease), 1, 60);
        var back = 60 + silence;
        Assert.False(own.MayTakeOver(other, At(back), Lease));

        own = own.Renew(At(back), Lease)!.Value;
        for (var second = 0; second < 10; second++)
        {
            Assert.False(own.MayTakeOver(other, At(back + second), Lease));
            own = own.Renew(At(back + second + 1), Lease)!.Value;
        }

        Assert.True(own.MayTakeOver(other, At(back + 10), Lease));
    }

    [Theory]
    [InlineData(TenantOwner.Nobody, true)]
    [InlineData(TenantOwner.Self, true)]
    [InlineData(TenantOwner.Ended, true)]
    [InlineData(TenantOwner.Living, false)]
    public void A_tenant_may_be_claimed_unless_another_one_lives_that_owns_it(TenantOwner owner, bool may) =>
        Assert.Equal(may, OwnershipRules.MayClaim(owner));

    [Theory]
    [InlineData(TenantOwner.Ended, false, true, true)]
    [InlineData(TenantOwner.Self, false, true, true)]
    [InlineData(TenantOwner.Self, true, true, false)]
    [InlineData(TenantOwner.Living, false, true, false)]
    [InlineData(TenantOwner.Ended, false, false, false)]
    public void A_tenant_with_mail_is_woken_when_its_owner_ended_or_does_not_know_of_it(
        TenantOwner owner, bool isKnown, bool hasMail, bool must) =>
        Assert.Equal(must, OwnershipRules.MustWake(owner, isKnown, hasMail));

    private static LeaseRow RenewedEachSecond(LeaseRow row, int from, int to)
    {
        for (var second = from; second <= to; second++) row = row.Renew(At(second), Lease)!.Value;
        return row;
    }

    private static DateTimeOffset At(double seconds) => Noon.AddSeconds(seconds);
}
