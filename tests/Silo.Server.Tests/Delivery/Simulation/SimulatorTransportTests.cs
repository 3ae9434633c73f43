using System.Collections.Concurrent;
using Silo.Core.Delivery;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Simulation;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.Delivery.Simulation;

public class SimulatorTransportTests
{
    private readonly Sink _sink = new();
    private readonly HostileTimeProvider _clock = new();

    [Theory]
    [InlineData("success@simulator.amazonses.com", DeliveryResultKind.Delivered, BounceSubType.None, 0)]
    [InlineData("success+label1@simulator.amazonses.com", DeliveryResultKind.Delivered, BounceSubType.None, 0)]
    [InlineData("ooto@simulator.amazonses.com", DeliveryResultKind.Delivered, BounceSubType.None, 0)]
    [InlineData("bounce@simulator.amazonses.com", DeliveryResultKind.HardBounce, BounceSubType.NoEmail, 0)]
    [InlineData("Bounce+x@SIMULATOR.amazonses.com", DeliveryResultKind.HardBounce, BounceSubType.NoEmail, 0)]
    [InlineData("suppressionlist@simulator.amazonses.com", DeliveryResultKind.HardBounce, BounceSubType.Suppressed, 0)]
    [InlineData("complaint+y@simulator.amazonses.com", DeliveryResultKind.Delivered, BounceSubType.None, 1)]
    public async Task The_addresses_of_the_mailbox_simulator_name_their_outcome(
        string recipient, DeliveryResultKind kind, BounceSubType subType, int complaints)
    {
        await using var transport = Transport();
        var result = await transport.Carry(HandOvers.To(recipient));
        Assert.Equal((kind, subType, true), (result.Kind, result.BounceSubType, result.Simulated));
        Assert.Equal(complaints, _sink.Reports.Count);
        Assert.All(_sink.Reports, r => Assert.True(
            r is { Simulated: true, Kind: FeedbackKind.Complaint, TenantName: "t", MessageId: "m1" }));
    }

    [Fact]
    public async Task Everybody_else_is_delivered_and_counts()
    {
        await using var transport = Transport();
        var result = await transport.Carry(HandOvers.To("bounce@example.com"));
        Assert.Equal((DeliveryResultKind.Delivered, false), (result.Kind, result.Simulated));
    }

    [Fact]
    public async Task A_closed_gate_or_a_cancelled_call_starts_nothing()
    {
        await using var transport = Transport();
        const string complaint = "complaint@simulator.amazonses.com";
        Assert.Equal(DeliveryResultKind.NotStarted, (await transport.Carry(HandOvers.To(complaint, new SendingGate(new TestOwnership())))).Kind);
        Assert.Equal(DeliveryResultKind.NotStarted, (await transport.Carry(HandOvers.To(complaint), new CancellationToken(true))).Kind);
        Assert.Empty(_sink.Reports);
    }

    [Fact]
    public async Task Rates_hold_by_domain_and_the_order_of_messages_changes_no_fate()
    {
        var options = new SimulatorOptions { Seed = 7 };
        options.ByDomain["bad.example"] = new SimulatedDomain
        {
            BounceRate = 0.2, BlockRate = 0.1, DeferralRate = 0.1, ComplaintRate = 0.5,
        };
        var forward = await Run(options, Enumerable.Range(0, 4000));
        var reports = _sink.Reports.Count;
        var backward = await Run(options, Enumerable.Range(0, 4000).Reverse());
        Assert.Equal(forward, backward);
        Assert.Equal(2 * reports, _sink.Reports.Count);
        // Five standard deviations.
        Near(0.2, forward.Values.Count(k => k == DeliveryResultKind.HardBounce));
        Near(0.1, forward.Values.Count(k => k == DeliveryResultKind.Blocked));
        Near(0.1, forward.Values.Count(k => k == DeliveryResultKind.Deferred));
        Near(0.3, reports);
        var other = await Run(new SimulatorOptions { Seed = 8, ByDomain = options.ByDomain }, Enumerable.Range(0, 4000));
        Assert.NotEqual(forward, other);

        static void Near(double rate, int count)
        {
            var spread = 5 * Math.Sqrt(4000 * rate * (1 - rate));
            Assert.InRange(count, 4000 * rate - spread, 4000 * rate + spread);
        }
    }

    [Fact]
    public async Task A_deferral_is_drawn_anew_for_each_attempt_and_a_bounce_is_not()
    {
        var options = new SimulatorOptions { Default = new SimulatedDomain { DeferralRate = 0.5, BounceRate = 0.2 } };
        await using var transport = Transport(options);
        for (var i = 0; i < 200; i++)
        {
            var kinds = new HashSet<DeliveryResultKind>();
            for (var attempt = 1; attempt <= 40; attempt++)
                kinds.Add((await transport.Carry(HandOvers.To("r@example.com", messageId: "m" + i, attempt: attempt))).Kind);
            Assert.True(kinds.SetEquals([DeliveryResultKind.HardBounce])
                || kinds.SetEquals([DeliveryResultKind.Delivered, DeliveryResultKind.Deferred]), $"m{i}");
        }
    }

    [Fact]
    public async Task Complaints_come_after_their_delay_in_order_and_beyond_the_limit_at_once()
    {
        await using var transport = Transport(new SimulatorOptions { ComplaintDelay = TimeSpan.FromMinutes(5), MaxPendingComplaints = 2 });
        await Complain("m1");
        _clock.Advance(TimeSpan.FromMinutes(2));
        await Complain("m2");
        Assert.Empty(_sink.Reports);
        await Complain("m3");
        Assert.Equal(["m3"], _sink.Reports.Select(r => r.MessageId));
        _clock.StepWall(TimeSpan.FromHours(-1));
        _clock.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(["m3", "m1"], _sink.Reports.Select(r => r.MessageId));
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(["m3", "m1", "m2"], _sink.Reports.Select(r => r.MessageId));

        async Task Complain(string id) => await transport.Carry(HandOvers.To("complaint@simulator.amazonses.com", messageId: id));
    }

    [Fact]
    public async Task Latency_passes_by_the_clock_and_a_cancelled_wait_has_delivered_nothing()
    {
        var options = new SimulatorOptions { Default = new SimulatedDomain { MinLatencyMs = 100, MaxLatencyMs = 200, ComplaintRate = 1 } };
        await using var transport = Transport(options);
        var delivery = transport.Carry(HandOvers.To("r@example.com"));
        _clock.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(delivery.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(102));
        Assert.Equal(DeliveryResultKind.Delivered, (await delivery).Kind);
        Assert.Single(_sink.Reports);

        using var cancel = new CancellationTokenSource();
        var second = transport.Carry(HandOvers.To("r@example.com"), cancel.Token);
        await cancel.CancelAsync();
        Assert.Equal(DeliveryResultKind.NotStarted, (await second).Kind);
        Assert.Single(_sink.Reports);
    }

    private SimulatorTransport Transport(SimulatorOptions? options = null) => new(options ?? new SimulatorOptions(), _sink, _clock);

    private async Task<Dictionary<int, DeliveryResultKind>> Run(SimulatorOptions options, IEnumerable<int> messages)
    {
        await using var transport = Transport(options);
        var fates = new Dictionary<int, DeliveryResultKind>();
        foreach (var i in messages) fates[i] = (await transport.Carry(HandOvers.To($"r{i % 10}@bad.example", messageId: "m" + i))).Kind;
        return fates.OrderBy(f => f.Key).ToDictionary();
    }

    private sealed class Sink : IFeedbackSink
    {
        public ConcurrentQueue<DeliveryFeedback> Reports { get; } = new();

        public void Report(DeliveryFeedback feedback) => Reports.Enqueue(feedback);
    }
}
