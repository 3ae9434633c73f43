using Silo.LoadTest.Runs;
using Silo.LoadTest.Scenarios;
using Xunit;
using Xunit.Abstractions;

namespace Silo.LoadTest.Tests.Runs;

/// <summary>
/// Each scenario runs whole in its short profile, with a server of its own, and keeps its promises. A class each, so that they run side by
/// side.
/// </summary>
public abstract class SmokeTests(string scenario, ITestOutputHelper output)
{
    [Fact]
    public async Task It_keeps_its_promises()
    {
        var record = await Smoke.Run(scenario, output);
        Assert.NotEmpty(record.Verdicts);
        Assert.All(record.Verdicts, v => Assert.True(v.Passed, $"{v.Name}: {v.Asked}, was {v.Measured}"));
    }
}

public sealed class SteadySmoke(ITestOutputHelper output) : SmokeTests("steady", output);

public sealed class BurstSmoke(ITestOutputHelper output) : SmokeTests("burst", output);

public sealed class FlatOutSmoke(ITestOutputHelper output) : SmokeTests("flat-out", output);

public sealed class NoisyNeighbourSmoke(ITestOutputHelper output) : SmokeTests("noisy-neighbour", output);

public sealed class ManyTenantsSmoke(ITestOutputHelper output) : SmokeTests("300k-tenants", output);

public sealed class WarmUpMonthSmoke(ITestOutputHelper output) : SmokeTests("warm-up-month", output);

public sealed class BadAppleSmoke(ITestOutputHelper output) : SmokeTests("bad-apple", output);

public sealed class ProviderThrottlesSmoke(ITestOutputHelper output) : SmokeTests("provider-throttles", output);

public sealed class KillASiloSmoke(ITestOutputHelper output) : SmokeTests("kill-a-silo", output);

public sealed class SlowWebhookSmoke(ITestOutputHelper output) : SmokeTests("slow-webhook", output);

public sealed class DiskFullSmoke(ITestOutputHelper output) : SmokeTests("disk-full", output);

public sealed class BadListSmoke(ITestOutputHelper output) : SmokeTests("bad-list", output);

public sealed class TarpitsSmoke(ITestOutputHelper output) : SmokeTests("tarpits", output);

public sealed class StopACampaignSmoke(ITestOutputHelper output) : SmokeTests("stop-a-campaign", output);
