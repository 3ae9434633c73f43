using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Configuration;
using Silo.Orleans.Tenants;
using Silo.Orleans.Wire;
using Silo.Server.Tenants;
using Xunit;

namespace Silo.Orleans.Tests.Wire;

public class WireRoundTripTests
{
    private static readonly IServiceProvider Services = new ServiceCollection()
        .AddSerializer(b => b.AddAssembly(typeof(ITenantGrain).Assembly))
        .Configure<TypeManifestOptions>(WireTypes.Configure)
        .Configure<ExceptionSerializationOptions>(WireTypes.Configure)
        .BuildServiceProvider();

    public static TheoryData<string> Records => [.. WireTypes.Records.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Records))]
    public void A_record_arrives_as_it_was_sent_and_by_no_name_of_a_class(string record)
    {
        var type = WireTypes.Records.Single(t => t.Name == record);
        var serializer = Services.GetRequiredService<Serializer>();
        for (var seed = 0; seed < 200; seed++)
        {
            var sent = new Samples(seed).Make(type);
            var bytes = serializer.SerializeToArray<object>(sent);
            var difference = Samples.Difference(sent, serializer.Deserialize<object>(bytes), record);
            Assert.True(difference is null, $"Seed {seed}: {difference}");
            // A class that is moved or renamed would not be found by the other release.
            Assert.DoesNotContain("Silo.", Encoding.Latin1.GetString(bytes), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Within_a_process_records_are_passed_as_they_are()
    {
        var copier = Services.GetRequiredService<DeepCopier>();
        foreach (var type in WireTypes.Records.Where(t => t.IsClass))
        {
            var record = new Samples(1).Make(type);
            Assert.Same(record, copier.Copy(record));
        }
    }

    [Fact]
    public void Failures_keep_their_type_and_message()
    {
        var serializer = Services.GetRequiredService<Serializer>();
        Exception[] failures =
        [
            new Silo.Storage.StorageException("The disk is full.", new IOException("inner")),
            new Silo.Server.Tenants.Embedded.ActorBusyException("a"),
        ];
        foreach (var failure in failures)
        {
            var arrived = serializer.Deserialize<Exception>(serializer.SerializeToArray(failure))!;
            Assert.Equal((failure.GetType(), failure.Message), (arrived.GetType(), arrived.Message));
        }
    }

    [Fact]
    public void A_large_body_costs_little_more_than_its_length()
    {
        var message = (AdmitMessage)new Samples(3).Make(typeof(AdmitMessage));
        message = message with { Content = new byte[10_000_000], Facts = null };
        var bytes = Services.GetRequiredService<Serializer>().SerializeToArray(message);
        Assert.InRange(bytes.Length, 10_000_000, 10_010_000);
    }
}
