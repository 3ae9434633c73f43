using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Silo.Server.Events;
using Xunit;

namespace Silo.Server.Tests.Events;

public sealed class EventCountersTests
{
    [Fact]
    public void An_event_counts_with_the_values_of_its_dimensions_or_their_defaults()
    {
        using var scene = new Scene();
        var destination = Destination(
            new CloudWatchDimension("campaign", "MESSAGE_TAG", "none"), new CloudWatchDimension("x-mailer", "EMAIL_HEADER", "unknown"),
            new CloudWatchDimension("product", "LINK_TAG", "no-link"));

        scene.Counters.Count(destination, Notice("""{"mail":{"tags":{"campaign":["spring","x"]},"headers":[{"name":"X-Mailer","value":"Pine"}]},"click":{"linkTags":{"product":["book"]}}}"""));
        scene.Counters.Count(destination, Notice("""{"mail":{"tags":{}}}"""));

        Assert.Equal(
            ["Click cs d spring Pine book", "Click cs d none unknown no-link"], scene.Measured);
    }

    [Fact]
    public void One_destination_makes_no_more_series_than_it_may()
    {
        using var scene = new Scene();
        var destination = Destination(new CloudWatchDimension("user", "MESSAGE_TAG", "none"));
        for (var round = 0; round < 2; round++)
            for (var i = 0; i < EventCounters.MaxSeriesPerDestination + 10; i++) scene.Counters.Count(destination, Tagged(i));

        Assert.Equal(EventCounters.MaxSeriesPerDestination + 1, scene.Measured.Distinct().Count());
        Assert.Equal(20, scene.Measured.Count(m => m == "Click cs d other"));
        var another = destination with { Destination = destination.Destination with { Name = "e" } };
        scene.Counters.Count(another, Tagged(5));
        Assert.Equal("Click cs e u5", scene.Measured[^1]);

        static Notice Tagged(int i) => Notice("""{"mail":{"tags":{"user":["uN"]}}}""".Replace("N", $"{i}", StringComparison.Ordinal));
    }

    private static Notice Notice(string record) => new("n", "a", "tn-a", 1, DateTimeOffset.UnixEpoch, "Click", Encoding.UTF8.GetBytes(record));

    private static ScopedDestination Destination(params CloudWatchDimension[] dimensions) => new("cs", new EventDestination
    {
        Name = "d", Enabled = true, CreatedAt = DateTimeOffset.UnixEpoch, Target = new CloudWatchTarget(dimensions),
    });

    private sealed class Scene : IDisposable
    {
        private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        private readonly MeterListener _listener = new();

        public Scene()
        {
            var meters = _services.GetRequiredService<IMeterFactory>();
            Counters = new EventCounters(meters);
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "silo.events" && ReferenceEquals(instrument.Meter.Scope, meters)) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, _, tags, _) => Measured.Add(string.Join(' ', tags.ToArray().Select(t => t.Value))));
            _listener.Start();
        }

        public EventCounters Counters { get; }

        public List<string> Measured { get; } = [];

        public void Dispose()
        {
            _listener.Dispose();
            _services.Dispose();
        }
    }
}
