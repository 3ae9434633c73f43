using System.Collections.Concurrent;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Core.WarmUp;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Tenants;

/// <summary>What tests of a tenant's warm-up through the whole engine have in common.</summary>
public abstract class TenantsInWarmUp
{
    private protected static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private protected ConcurrentQueue<(string Recipient, DateTimeOffset At, int Attempt)> Starts { get; } = new();

    /// <summary>The same, with the domain and the pool of each.</summary>
    private protected ConcurrentQueue<Way> Ways { get; } = new();

    private protected async Task<EngineUnderTest> Start(Action<EngineUnderTest>? configure = null)
    {
        var engine = await EngineUnderTest.Start(configure);
        await engine.Create("a");
        Answer(engine, () => new(ScriptedTransport.Delivered));
        return engine;
    }

    private protected void Answer(EngineUnderTest engine, Func<ValueTask<DeliveryResult>> answer) => engine.Transport.Answer = h =>
    {
        // As the gate saw it: the test's clock may be further by now.
        Starts.Enqueue((h.Recipient, h.StartedAt!.Value, h.Attempt));
        Ways.Enqueue(new Way(h.Envelope.MessageId, SendingDomain.Of(h.Envelope)!, h.Recipient, h.Pool, h.StartedAt.Value));
        return answer();
    };

    private protected static async Task SetWarmUp(
        EngineUnderTest engine, long[] caps, long[]? gmail = null, WarmUpMode mode = WarmUpMode.Time, DateTimeOffset? startedAt = null,
        bool byDomain = false, string? overflow = null)
    {
        var warmUp = new TenantWarmUp
        {
            StartedAt = startedAt ?? engine.Time.GetUtcNow(), Mode = mode, DailyCaps = caps,
            ProviderCaps = gmail is null ? null : [new ProviderCaps("Gmail", gmail)], ByDomain = byDomain, OverflowPool = overflow,
        };
        Assert.True(await engine.Tenants.Get("a").SetWarmUp(warmUp, default));
    }

    private protected static async Task<TenantWarmUp> WarmUp(EngineUnderTest engine) => (await engine.Tenants.Get("a").Describe(default))!.WarmUp!;

    private protected static async Task<WarmUpReport> Total(EngineUnderTest engine) => (await engine.Tenants.Get("a").Describe(default))!.WarmUpUse[0];

    /// <summary>Waits until so many have started and are settled, and then for whatever would start too much.</summary>
    private protected async Task UntilStarted(EngineUnderTest engine, long count, TimeSpan step = default)
    {
        await engine.Until(
            () => Starts.Count >= count && engine.Transport.UnderWay == 0 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight,
            $"{count} have left (of {Starts.Count})", step);
        // A call that goes through dispatcher and tenant: what was on its way before it has arrived.
        for (var i = 0; i < 3; i++) await engine.Tenants.Get("a").Budgets(default);
        Assert.Equal(count, Starts.Count);
    }

    private protected sealed record Way(string MessageId, string Domain, string Recipient, string? Pool, DateTimeOffset At);
}
