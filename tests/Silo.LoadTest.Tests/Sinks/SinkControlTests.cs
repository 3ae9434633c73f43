using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Silo.LoadTest.Sinks;
using Silo.LoadTest.Sinks.Smtp;
using Xunit;

namespace Silo.LoadTest.Tests.Sinks;

public sealed class SinkControlTests
{
    [Fact]
    public async Task Faults_are_ordered_and_the_tally_is_read_over_HTTP()
    {
        await using var sink = new SmtpSink(new SinkOptions { Run = "1a" });
        var (app, address) = await SinkControl.Start(sink, new IPEndPoint(IPAddress.Loopback, 0), default);
        await using var _ = app;
        using var http = new HttpClient { BaseAddress = address };
        Assert.Equal(HttpStatusCode.NoContent, (await http.PostAsync("/duplicate/2", null)).StatusCode);
        foreach (var wrong in new[] { "/duplicate/0", "/duplicate/100001", "/burn/1", "/drop/many" })
            Assert.Equal(HttpStatusCode.NotFound, (await http.PostAsync(wrong, null)).StatusCode);
        await using var client = await SinkClient.Connect(sink.Endpoint);
        for (var number = 0; number < 3; number++) await client.Send(SinkClient.Mark(1, 1, number));
        var counts = (await http.GetFromJsonAsync<JsonNode>("/counts"))!;
        Assert.Equal(3, counts["delivered"]!.GetValue<int>());
        var tally = (await http.GetFromJsonAsync<JsonNode>("/tally?lanes=true"))!;
        Assert.Equal("Duplicate", tally["violations"]![0]!["fault"]!.GetValue<string>());
        Assert.Equal((2, 2), (tally["violations"]![0]!["count"]!.GetValue<int>(), tally["lanes"]![0]!["again"]!.GetValue<int>()));
    }
}
