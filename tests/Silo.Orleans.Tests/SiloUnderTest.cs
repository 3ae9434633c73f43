using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.TestingHost;
using Silo.Orleans.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Tenants;
using Silo.Storage;
using Silo.Testing.Engine;

namespace Silo.Orleans.Tests;

/// <summary>One silo of <see cref="SilosUnderTest"/>.</summary>
internal sealed class SiloUnderTest(ISiloStore inner, FaultyStore store, ScriptedTransport transport)
{
    public InProcessSiloHandle Handle { get; set; } = null!;

    public FaultyStore Store => store;

    /// <summary>The store below the one that fails on command.</summary>
    public ISiloStore Inner => inner;

    public ScriptedTransport Transport => transport;

    public ITenants Tenants => Service<ITenants>();

    public IGrainFactory Grains => Service<IGrainFactory>();

    public LocalTenants Local => Service<LocalTenants>();

    public SendingGates Gates => Service<SendingGates>();

    public Dispatcher Dispatcher => Service<Dispatcher>();

    public T Service<T>()
        where T : notnull => Handle.SiloHost.Services.GetRequiredService<T>();
}
