using Silo.Server.Delivery;
using Xunit;

namespace Silo.Server.Tests.Delivery;

public sealed class LeaseTests
{
    [Fact]
    public void Nothing_passes_an_open_gate_while_the_lease_is_not_held()
    {
        var ownership = new TestOwnership { IsHeld = false };
        var gate = new SendingGate(ownership);
        gate.Open(SendingTerms.None);
        Assert.False(HandOvers.To("r@example.org", gate).TryBegin());

        ownership.IsHeld = true;
        Assert.True(HandOvers.To("r@example.org", gate).TryBegin());
    }

    [Fact]
    public void A_dialogue_that_outlives_the_lease_writes_no_final_dot()
    {
        var ownership = new TestOwnership();
        var gate = new SendingGate(ownership);
        gate.Open(SendingTerms.None);
        var handOver = HandOvers.To("r@example.org", gate);
        Assert.True(handOver.TryBegin());
        handOver.Begun();
        Assert.True(handOver.MayFinish());

        ownership.IsHeld = false;
        Assert.False(handOver.MayFinish());
    }
}
