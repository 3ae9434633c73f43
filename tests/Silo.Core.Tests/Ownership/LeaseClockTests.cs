using Silo.Core.Ownership;
using Xunit;

namespace Silo.Core.Tests.Ownership;

public class LeaseClockTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private readonly LeaseClock _clock = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1));

    [Fact]
    public void A_lease_that_was_never_renewed_is_not_held()
    {
        Assert.False(_clock.IsHeld(At(0)));
        Assert.Equal(TimeSpan.Zero, _clock.HeldFor(At(0)));
    }

    [Fact]
    public void A_lease_is_held_from_before_its_renewal_was_sent_and_ends_the_margin_early()
    {
        _clock.Renewed(At(0), At(4));

        Assert.True(_clock.IsHeld(At(8.999)));
        Assert.False(_clock.IsHeld(At(9)));
    }

    [Fact]
    public void An_answer_that_comes_after_its_own_term_is_worth_nothing()
    {
        _clock.Renewed(At(0), At(9.5));

        Assert.False(_clock.IsHeld(At(9.5)));
    }

    [Fact]
    public void An_answer_that_was_overtaken_does_not_shorten_the_lease()
    {
        _clock.Renewed(At(2), At(3));
        _clock.Renewed(At(1), At(4));

        Assert.True(_clock.IsHeld(At(10.9)));
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(-1)]
    public void A_wall_clock_that_jumps_back_does_not_lengthen_it(double jump)
    {
        _clock.Renewed(At(0), At(0));

        Assert.True(_clock.IsHeld(At(8.9, 8.9 + jump)));
        Assert.False(_clock.IsHeld(At(9, 9 + jump)));
    }

    [Fact]
    public void A_wall_clock_that_jumps_forward_ends_it_until_the_next_renewal()
    {
        _clock.Renewed(At(0), At(0));
        Assert.False(_clock.IsHeld(At(1, 3601)));

        _clock.Renewed(At(1, 3601), At(1, 3601));
        Assert.True(_clock.IsHeld(At(2, 3602)));
    }

    [Fact]
    public void A_monotonic_clock_that_stands_still_while_the_machine_is_suspended_does_not_lengthen_it()
    {
        _clock.Renewed(At(0), At(0));

        Assert.False(_clock.IsHeld(At(0.5, 9)));
    }

    [Fact]
    public void What_has_ended_is_never_held_again()
    {
        _clock.Renewed(At(0), At(0));
        _clock.End();
        _clock.Renewed(At(1), At(1));

        Assert.False(_clock.IsHeld(At(1)));
        Assert.Equal(TimeSpan.Zero, _clock.HeldFor(At(1)));
    }

    [Fact]
    public void Renewals_that_follow_each_other_in_time_leave_no_gap()
    {
        for (var second = 0; second <= 12; second++) _clock.Renewed(At(second), At(second + 0.1));

        Assert.Equal(TimeSpan.FromSeconds(12.5), _clock.HeldFor(At(12.5)));
        Assert.Equal(TimeSpan.Zero, _clock.HeldFor(At(21)));
    }

    [Fact]
    public void A_renewal_that_is_answered_after_the_last_one_ran_out_leaves_a_gap_though_it_was_sent_before()
    {
        _clock.Renewed(At(0), At(0));
        _clock.Renewed(At(8), At(9.5));

        Assert.True(_clock.IsHeld(At(9.5)));
        Assert.Equal(TimeSpan.FromSeconds(1.5), _clock.HeldFor(At(9.5)));
    }

    [Fact]
    public void How_long_it_was_held_is_counted_by_the_shorter_count_of_both_clocks()
    {
        _clock.Renewed(At(0), At(0));
        _clock.Renewed(At(1, 6), At(1, 6));
        Assert.Equal(TimeSpan.FromSeconds(2), _clock.HeldFor(At(2, 7)));

        _clock.Renewed(At(3, -90), At(3, -90));
        Assert.Equal(TimeSpan.Zero, _clock.HeldFor(At(3, -90)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(10, -1)]
    [InlineData(10, 10)]
    public void A_margin_lies_between_zero_and_the_lease(int lease, int margin) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LeaseClock(TimeSpan.FromSeconds(lease), TimeSpan.FromSeconds(margin)));

    private static LeaseInstant At(double seconds) => At(seconds, seconds);

    private static LeaseInstant At(double monotonic, double wall) => new(TimeSpan.FromSeconds(monotonic), Noon.AddSeconds(wall));
}
