using Silo.LoadTest.Servers;
using Xunit;

namespace Silo.LoadTest.Tests.Servers;

public sealed class LeapClockTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_timer_that_a_leap_passes_fires_once_however_often_it_would_have()
    {
        var clock = new LeapClock();
        using var fired = new SemaphoreSlim(0);
        await using var timer = clock.CreateTimer(_ => fired.Release(), null, TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        clock.LeapTo(clock.GetUtcNow().AddDays(3));
        Assert.True(await fired.WaitAsync(Patience));
        clock.LeapTo(clock.GetUtcNow().AddMinutes(59));
        Assert.Equal(0, fired.CurrentCount);
        clock.LeapTo(clock.GetUtcNow().AddMinutes(2));
        Assert.True(await fired.WaitAsync(Patience));
        Assert.Equal(0, fired.CurrentCount);
    }

    [Fact]
    public async Task What_fired_once_does_not_fire_at_the_next_leap()
    {
        var clock = new LeapClock();
        using var once = new SemaphoreSlim(0);
        using var other = new SemaphoreSlim(0);
        await using var first = clock.CreateTimer(_ => once.Release(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        Assert.True(await once.WaitAsync(Patience));
        await using var second = clock.CreateTimer(_ => other.Release(), null, TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
        clock.LeapTo(clock.GetUtcNow().AddDays(1));
        Assert.True(await other.WaitAsync(Patience));
        Assert.Equal(0, once.CurrentCount);
    }

    [Fact]
    public void Both_clocks_leap_and_none_goes_back()
    {
        var clock = new LeapClock();
        var (wall, monotonic) = (clock.GetUtcNow(), clock.GetTimestamp());
        clock.LeapTo(wall.AddDays(2));
        Assert.InRange(clock.GetUtcNow() - wall, TimeSpan.FromDays(2), TimeSpan.FromDays(2) + Patience);
        Assert.InRange(clock.GetElapsedTime(monotonic), TimeSpan.FromDays(2), TimeSpan.FromDays(2) + Patience);
        clock.LeapTo(wall);
        Assert.True(clock.GetUtcNow() >= wall.AddDays(2));
    }
}
