using Silo.Core.Suspension;
using Silo.Server.Tenants;
using Xunit;

namespace Silo.Orleans.Tests.Wire;

/// <summary>Silos of two releases side by side: each reads what the other one writes, and passes over what it does not know.</summary>
public sealed class UpgradeTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Members_that_a_later_release_added_are_passed_over_wherever_they_stand()
    {
        // Texts and records that stand twice travel once: also what only the unknown members said first has to be found.
        const string said = "said first by a member that nobody here knows";
        var detail = new NextDetail("detail", 7);
        NextSetStatus[] sent =
        [
            new(StatusOrigin.PlatformManaged, SendingStatus.Disabled, "first", "tn-1", said, At, detail, [detail, new("more", 8)], new SetPolicy(ReputationPolicy.None)),
            new(StatusOrigin.CustomerManaged, SendingStatus.Enabled, said, null, null, null, null, null, detail),
            new(StatusOrigin.CustomerManaged, SendingStatus.Reinstated, "third", said, "third", At, null, [], 42L),
        ];
        var read = (SetStatus[])OtherReleases.This.Deserialize<object>(OtherReleases.Next.SerializeToArray<object>(sent))!;
        Assert.Equal(sent.Select(s => new SetStatus(s.Origin, s.Status, s.Cause, s.TenantId)), read);
    }

    [Fact]
    public void Members_that_an_earlier_release_does_not_send_are_absent_here()
    {
        PreviousSetStatus[] sent = [new(StatusOrigin.PlatformManaged, SendingStatus.Disabled, "a"), new(StatusOrigin.CustomerManaged, SendingStatus.Enabled, "b")];
        var read = (SetStatus[])OtherReleases.This.Deserialize<object>(OtherReleases.Previous.SerializeToArray<object>(sent))!;
        Assert.Equal(sent.Select(s => new SetStatus(s.Origin, s.Status, s.Cause, TenantId: null)), read);
    }

    [Fact]
    public void What_this_release_sends_is_read_by_the_one_before_and_the_one_after()
    {
        SetStatus[] sent = [new(StatusOrigin.PlatformManaged, SendingStatus.Disabled, "a", "tn-1"), new(StatusOrigin.CustomerManaged, SendingStatus.Enabled, "b")];
        var bytes = OtherReleases.This.SerializeToArray<object>(sent);
        Assert.Equal(
            sent.Select(s => new PreviousSetStatus(s.Origin, s.Status, s.Cause)), (PreviousSetStatus[])OtherReleases.Previous.Deserialize<object>(bytes)!);
        Assert.Equal(
            sent.Select(s => new NextSetStatus(s.Origin, s.Status, s.Cause, s.TenantId, null, null, null, null, null)),
            (NextSetStatus[])OtherReleases.Next.Deserialize<object>(bytes)!);
    }
}
