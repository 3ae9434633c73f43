using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Silo.Orleans.Hosting;
using Silo.Server.Hosting;
using Xunit;

namespace Silo.Orleans.Tests.Hosting;

public sealed class GrainLimitsTests
{
    [Theory]
    [InlineData(10, true)]
    [InlineData(85, true)]
    [InlineData(99, true)]
    [InlineData(100, false)]
    public void Idle_tenants_leave_early_from_the_share_of_memory_that_is_given_and_never_at_all_of_it(int percent, bool sheds)
    {
        var options = Collection(("Silo:Cluster:SheddingMemoryPercent", $"{percent}"));
        Assert.Equal(sheds, options.EnableActivationSheddingOnMemoryPressure);
        Assert.Equal(percent, options.MemoryUsageLimitPercentage);
        Assert.InRange(options.MemoryUsageTargetPercentage, 1, percent - 1);
    }

    [Theory]
    [InlineData("00:01:00", 12)]
    [InlineData("00:05:00", 60)]
    [InlineData("1.00:00:00", 60)]
    public void A_tenant_leaves_memory_after_the_collection_age_and_little_later(string age, int quantumSeconds)
    {
        var options = Collection(("Silo:Cluster:CollectionAge", age));
        Assert.Equal(TimeSpan.Parse(age, null), options.CollectionAge);
        Assert.Equal(TimeSpan.FromSeconds(quantumSeconds), options.CollectionQuantum);
        // Nothing of ours has an age of its own.
        Assert.DoesNotContain(options.ClassSpecificCollectionAge, c => c.Key.Contains("Silo", StringComparison.Ordinal));
    }

    /// <summary>As the program puts its silo together, and as Orleans would refuse it.</summary>
    private static GrainCollectionOptions Collection(params (string Key, string Value)[] values)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(v => v.Key, v => (string?)v.Value))
            .AddInMemoryCollection([new("Silo:Store:Kind", "Postgres"), new("Silo:Store:ConnectionString", "Host=127.0.0.1")]).Build();
        var (settings, errors) = SiloSettings.Read(configuration);
        Assert.Empty(errors);
        var builder = Host.CreateApplicationBuilder();
        ClusterEngine.Add(builder, settings);
        using var host = builder.Build();
        foreach (var validator in host.Services.GetServices<IConfigurationValidator>()) validator.ValidateConfiguration();
        return host.Services.GetRequiredService<IOptions<GrainCollectionOptions>>().Value;
    }
}
