using Orleans;
using Orleans.Concurrency;
using Silo.Server.Tenants;

namespace Silo.Benchmarks.Grains;

/// <summary>What a call of this payload costs in Orleans alone; and the memory of the silo that it lives on.</summary>
[Alias("silo.benchmarks.IProbeGrain")]
public interface IProbeGrain : IGrainWithStringKey
{
    [Alias("Admit")]
    ValueTask<Admission> Admit(AdmitMessage message, CancellationToken cancellationToken);

    /// <summary>Bytes in use on the managed heap after a full collection.</summary>
    [Alias("HeapBytes")]
    ValueTask<long> HeapBytes();
}

[Reentrant]
[GrainType("probe")]
internal sealed class ProbeGrain : Grain, IProbeGrain
{
    public ValueTask<Admission> Admit(AdmitMessage message, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new Admission(null));

    public ValueTask<long> HeapBytes() => ValueTask.FromResult(GC.GetTotalMemory(forceFullCollection: true));
}
