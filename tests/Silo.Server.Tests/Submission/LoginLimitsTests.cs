using System.Net;
using Silo.Server.Submission;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.Submission;

public sealed class LoginLimitsTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Other = IPAddress.Parse("192.0.2.2");

    [Fact]
    public void Failures_are_answered_later_and_later_and_at_last_not_looked_at()
    {
        var limits = new LoginLimits(new HostileTimeProvider());
        var delays = new List<TimeSpan>();
        while (limits.MayTry(One)) delays.Add(limits.Failed(One));
        Assert.Equal(LoginLimits.MaxFailures, delays.Count);
        Assert.Equal((0.2, 0.4, 5.0), (delays[0].TotalSeconds, delays[1].TotalSeconds, delays[^1].TotalSeconds));
        Assert.Equal(delays.Order(), delays);
        Assert.True(limits.MayTry(Other));
        Assert.Equal(0.2, limits.Failed(Other).TotalSeconds);
    }

    [Fact]
    public void Failures_are_forgotten_one_by_one()
    {
        var time = new HostileTimeProvider();
        var limits = new LoginLimits(time);
        while (limits.MayTry(One)) limits.Failed(One);
        time.Advance(LoginLimits.ForgetTime - TimeSpan.FromSeconds(1));
        Assert.False(limits.MayTry(One));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(limits.MayTry(One));
        limits.Failed(One);
        Assert.False(limits.MayTry(One));
        time.Advance(LoginLimits.ForgetTime * LoginLimits.MaxFailures);
        Assert.Equal(0.2, limits.Failed(One).TotalSeconds);
    }

    [Fact]
    public void Of_more_addresses_than_are_remembered_the_one_goes_that_failed_least()
    {
        var limits = new LoginLimits(new HostileTimeProvider());
        while (limits.MayTry(One)) limits.Failed(One);
        for (var i = 0; i < LoginLimits.MaxAddresses + 10; i++) limits.Failed(new IPAddress(0x0A00_0000L + i));
        Assert.False(limits.MayTry(One));
    }

    [Fact]
    public void The_addresses_that_are_remembered_are_bounded_and_one_that_is_not_starts_anew()
    {
        var limits = new LoginLimits(new HostileTimeProvider());
        limits.Failed(One);
        for (var i = 1; i < LoginLimits.MaxAddresses; i++)
            for (var times = 0; times < 2; times++) limits.Failed(new IPAddress(0x0A00_0000L + i));
        limits.Failed(Other);
        Assert.Equal(0.2, limits.Failed(One).TotalSeconds);
    }
}
