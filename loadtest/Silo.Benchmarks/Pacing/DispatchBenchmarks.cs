using BenchmarkDotNet.Attributes;

namespace Silo.Benchmarks.Pacing;

/// <summary>What the start of a message costs while so many tenants have mail due, and the account is contended.</summary>
[MemoryDiagnoser]
public class DispatchBenchmarks
{
    private const int Messages = 1_000_000;

    private PacedTenants _tenants = null!;

    [Params(1, 1_000, 100_000)]
    public int TenantsDue { get; set; }

    [GlobalSetup]
    public void MakeTenants()
    {
        _tenants = new PacedTenants(TenantsDue, accountRate: 1e6);
        _tenants.FillBacklog(1_000_000);
        _tenants.Drain(Messages);
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public void StartFromBacklog() => _tenants.Drain(Messages);
}
