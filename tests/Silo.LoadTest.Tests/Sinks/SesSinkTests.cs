using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Silo.Core.Feedback;
using Silo.LoadTest.Marks;
using Silo.LoadTest.Sinks;
using Silo.LoadTest.Sinks.Accounting;
using Silo.LoadTest.Sinks.Feedback;
using Silo.LoadTest.Sinks.Providers;
using Silo.LoadTest.Sinks.Ses;
using Silo.Testing;
using Xunit;

namespace Silo.LoadTest.Tests.Sinks;

public sealed class SesSinkTests
{
    private static SinkOptions Options => new() { Run = "1a", Checks = new SinkChecks { TenantName = "load-{tenant}" } };

    private static async Task<(HttpStatusCode Status, JsonNode Body)> Send(
        SesSink sink, LoadMark mark, LoadFate fate = LoadFate.Profile, string? tenant = null)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://{sink.Endpoint}") };
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=x");
        var recipient = new LoadAddress(fate, mark.Run, mark.Tenant, mark.Lane, mark.Number, "gmail.com").ToString();
        using var reply = await http.PostAsJsonAsync("/v2/email/outbound-emails", new
        {
            TenantName = tenant ?? $"load-{mark.Tenant}", FromEmailAddress = "hello@load.example",
            Destination = new { ToAddresses = new[] { recipient } },
            EmailTags = new[] { new { Name = "silo-ref", Value = "r" } },
            Content = new { Raw = new { Data = Encoding.ASCII.GetBytes(SinkClient.Content(mark)) } },
        }, new System.Text.Json.JsonSerializerOptions());
        return (reply.StatusCode, (await reply.Content.ReadFromJsonAsync<JsonNode>())!);
    }

    [Fact]
    public async Task Calls_are_answered_with_ids_of_their_own_and_counted()
    {
        await using var sink = await SesSink.Start(Options, new SesSinkOptions(), default);
        var ids = new HashSet<string>();
        var sent = new SentBooks();
        for (var number = 0; number < 5; number++)
        {
            var (status, body) = await Send(sink, SinkClient.Mark(1, 1, number));
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.True(ids.Add(body["MessageId"]!.GetValue<string>()));
            sent.Accepted(1, 1, number);
        }

        var tally = sink.Tally(sent);
        Assert.Equal((5, 0), (tally.Delivered, tally.Lost));
        Assert.Empty(tally.Violations);
    }

    [Fact]
    public async Task A_call_in_the_name_of_another_tenant_is_found()
    {
        await using var sink = await SesSink.Start(Options, new SesSinkOptions(), default);
        await Send(sink, SinkClient.Mark(1, 1, 0), tenant: "load-11");
        Assert.Equal(1, sink.Tally().Of(SinkFault.WrongTenant));
    }

    [Fact]
    public async Task Beyond_the_rate_of_the_account_calls_are_refused_in_the_words_of_SES()
    {
        var time = new HostileTimeProvider();
        await using var sink = await SesSink.Start(Options with { Time = time }, new SesSinkOptions { MaxSendRate = 2 }, default);
        Assert.Equal(HttpStatusCode.OK, (await Send(sink, SinkClient.Mark(1, 1, 0))).Status);
        Assert.Equal(HttpStatusCode.OK, (await Send(sink, SinkClient.Mark(1, 1, 1))).Status);
        var (status, body) = await Send(sink, SinkClient.Mark(1, 1, 2));
        Assert.Equal((HttpStatusCode.TooManyRequests, "Maximum sending rate exceeded."), (status, body["message"]!.GetValue<string>()));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await Send(sink, SinkClient.Mark(1, 1, 2))).Status);
        var tally = sink.Tally();
        Assert.Equal((3, 1), (tally.Delivered, tally.Counts.RateLimited));
        Assert.Empty(tally.Violations);
    }

    [Fact]
    public async Task Bounces_and_complaints_come_as_records_that_name_the_message()
    {
        await using var door = new Door();
        var providers = new ProviderBook([KnownProviders.Gmail], 0);
        await using var sink = await SesSink.Start(Options with { Feedback = door, Providers = providers }, new SesSinkOptions(), default);
        var (_, bounced) = await Send(sink, SinkClient.Mark(1, 1, 0), LoadFate.Bounce);
        var (_, complained) = await Send(sink, SinkClient.Mark(1, 1, 1), LoadFate.Complain);
        await Send(sink, SinkClient.Mark(1, 1, 2));
        var records = door.Taken.Select(f => Assert.IsType<SesRecordReading.Read>(SesRecordReader.Read(f.Record)).Record).ToArray();
        Assert.Equal([SesRecordKind.Bounce, SesRecordKind.Complaint], records.Select(r => r.Kind));
        Assert.Equal([$"{bounced["MessageId"]}", $"{complained["MessageId"]}"], records.Select(r => r.MessageId));
        Assert.Equal(("Permanent", "r"), (records[0].BounceType, records[0].Tags["silo-ref"]));
        Assert.Equal("bounce.1a.1.1.0@gmail.com", Assert.Single(records[0].Recipients).Address);
        var tally = sink.Tally();
        Assert.Equal((2, 1, 1), (tally.Delivered, tally.Refused, tally.Counts.Complaints));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"Destination":{"ToAddresses":["a@b.example","c@d.example"]}}""")]
    [InlineData("""{"Destination":{"ToAddresses":["a@b.example"]},"Content":{"Raw":{"Data":"?"}}}""")]
    [InlineData("""{"Destination":{"ToAddresses":["a@b.example"]},"Content":{"Raw":{"Data":"QQ=="}},"EmailTags":[{}]}""")]
    [InlineData("""{"Destination":{"ToAddresses":5},"Content":{"Raw":{"Data":"QQ=="}}}""")]
    public async Task A_call_that_SES_would_not_understand_is_refused(string body)
    {
        await using var sink = await SesSink.Start(Options, new SesSinkOptions(), default);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{sink.Endpoint}/v2/email/outbound-emails");
        request.Content = new StringContent(body);
        request.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=x");
        using var reply = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal("BadRequestException", reply.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.Equal(0, sink.Counts.Delivered);
    }

    private sealed class Door : IFeedbackDoor
    {
        public ConcurrentQueue<Feedback> Taken { get; } = new();

        public long Told => Taken.Count;

        public long Failed => 0;

        public bool TryReport(Feedback feedback)
        {
            Taken.Enqueue(feedback);
            return true;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
