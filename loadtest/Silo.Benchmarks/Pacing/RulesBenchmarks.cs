using BenchmarkDotNet.Attributes;

namespace Silo.Benchmarks.Pacing;

/// <summary>What the rules cost for each message on one core: admit, release, record its outcome.</summary>
[MemoryDiagnoser]
public class RulesBenchmarks
{
    private const int Messages = 200_000;

    private PacedTenants _tenants = null!;

    [Params(1_000, 100_000)]
    public int Tenants { get; set; }

    [GlobalSetup]
    public void MakeTenants()
    {
        _tenants = new PacedTenants(Tenants, accountRate: 1e9);
        // Counters and wheel grow once.
        _tenants.OneByOne(2 * Tenants);
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public void AdmitReleaseRecord() => _tenants.OneByOne(Messages);
}
