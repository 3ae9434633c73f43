using System.Net;
using Microsoft.AspNetCore.Http;
using Silo.Server.Events.Sending;
using Silo.Testing;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Events.Sending;

public sealed class EndpointClientTests
{
    private readonly HostileTimeProvider _time = new();

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var other = await Endpoint.Start();
        await using var endpoint = await Endpoint.Start();
        endpoint.Status = 307;
        endpoint.Answer = (_, context) =>
        {
            context.Response.Headers.Location = other.Url.ToString();
            return Task.CompletedTask;
        };
        var outcome = Assert.IsType<SendOutcome.NotNow>(await Post(Client(), endpoint.Url));
        Assert.Equal("the answer was 307, and redirects are not followed", outcome.Reason);
        Assert.Empty(other.Received);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(500)]
    public async Task Of_an_answer_of_a_gigabyte_next_to_nothing_is_read(int status)
    {
        await using var endpoint = await Endpoint.Start();
        long written = 0;
        var ended = new TaskCompletionSource();
        endpoint.Status = status;
        endpoint.Answer = async (_, context) =>
        {
            try
            {
                for (; written < 1L << 30; written += 1 << 20) await context.Response.Body.WriteAsync(new byte[1 << 20], context.RequestAborted);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
            }
            finally
            {
                ended.SetResult();
            }
        };
        var outcome = await Post(Client(), endpoint.Url);
        // Behind a closed connection the endpoint's writes go nowhere, and are fast.
        var until = Interlocked.Read(ref written);
        Assert.Equal(status == 200, outcome is SendOutcome.Taken);
        Assert.InRange(until, 0, (1L << 30) - 1);
        await ended.Task.WaitAsync(ServerProcess.Patience);
    }

    [Fact]
    public async Task An_endpoint_that_does_not_answer_is_given_up_after_ten_seconds()
    {
        await using var endpoint = await Endpoint.Start();
        endpoint.Answer = (_, context) => Task.Delay(Timeout.Infinite, context.RequestAborted);
        var post = Post(Client(), endpoint.Url);
        await Patiently.Until(() => endpoint.Received.Count == 1, "it was posted");
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(post.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("no answer came within 10 s", Assert.IsType<SendOutcome.NotNow>(await post).Reason);
    }

    [Fact]
    public async Task An_answer_that_never_ends_is_given_up_after_ten_seconds_too()
    {
        await using var endpoint = await Endpoint.Start();
        endpoint.Status = 503;
        endpoint.Answer = async (_, context) =>
        {
            await context.Response.Body.WriteAsync("a"u8.ToArray());
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var post = Post(Client(), endpoint.Url);
        await Patiently.Until(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return post.IsCompleted;
            }, "it was given up");
        Assert.IsType<SendOutcome.NotNow>(await post);
    }

    [Fact]
    public async Task A_name_that_leads_elsewhere_the_second_time_is_refused_when_connecting()
    {
        await using var allowed = await Endpoint.Start(IPAddress.Parse("127.0.0.2"));
        await using var inside = await Endpoint.Start(IPAddress.Loopback, allowed.Url.Port);
        // The connection is not kept, so the name is looked up again.
        allowed.Answer = (_, context) =>
        {
            context.Response.Headers.Connection = "close";
            return Task.CompletedTask;
        };
        var answers = new Queue<string>(["127.0.0.2", "127.0.0.1", "127.0.0.1"]);
        var client = new EndpointClient(
            new PublishingOptions { AllowedNetworks = ["127.0.0.2/32"] }, (_, _) => Task.FromResult(new[] { IPAddress.Parse(answers.Dequeue()) }), _time);
        var url = new Uri($"http://hooks.example:{allowed.Url.Port}/hook");
        Assert.IsType<SendOutcome.Taken>(await Post(client, url));
        Assert.Equal("hooks.example is at no address that endpoints may have", Assert.IsType<SendOutcome.NotNow>(await Post(client, url)).Reason);
        Assert.Single(allowed.Received);
        Assert.Equal((0, 0), (inside.Received.Count, inside.MostConnections));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("2130706433")]
    [InlineData("0x7f.1")]
    [InlineData("[::1]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("[::ffff:7f00:1]")]
    public async Task This_machine_is_refused_in_whatever_way_it_is_written(string host)
    {
        await using var endpoint = await Endpoint.Start();
        var client = new EndpointClient(new PublishingOptions(), (_, _) => Task.FromResult(new[] { IPAddress.Loopback, IPAddress.IPv6Loopback }), _time);
        var outcome = Assert.IsType<SendOutcome.NotNow>(await Post(client, new Uri($"http://{host}:{endpoint.Url.Port}/")));
        Assert.EndsWith("is at no address that endpoints may have", outcome.Reason);
        Assert.Equal(0, endpoint.MostConnections);
    }

    [Theory]
    [InlineData(202, typeof(SendOutcome.Taken))]
    [InlineData(400, typeof(SendOutcome.Refused))]
    [InlineData(401, typeof(SendOutcome.NotNow))]
    [InlineData(404, typeof(SendOutcome.NotNow))]
    [InlineData(410, typeof(SendOutcome.Gone))]
    [InlineData(413, typeof(SendOutcome.Refused))]
    [InlineData(429, typeof(SendOutcome.NotNow))]
    [InlineData(500, typeof(SendOutcome.NotNow))]
    public async Task What_an_endpoint_means_goes_by_its_status(int status, Type means)
    {
        await using var endpoint = await Endpoint.Start();
        endpoint.Status = status;
        endpoint.Answer = async (_, context) =>
        {
            context.Response.Headers.RetryAfter = "120";
            if (status != 202) await context.Response.WriteAsync("no\r\nann@example.net");
        };
        var outcome = await Post(Client(), endpoint.Url);
        Assert.IsType(means, outcome);
        if (outcome is SendOutcome.NotNow notNow) Assert.Equal(TimeSpan.FromMinutes(2), notNow.RetryAfter);
        // What it says is for people who ask, not for the log.
        if (status == 202) return;
        Assert.Equal($"the answer was {status}", outcome.Why);
        Assert.Equal("no  ann@example.net", outcome.Said);
    }

    [Fact]
    public async Task A_name_without_an_address_and_a_port_without_a_server_are_failures()
    {
        var none = new EndpointClient(new PublishingOptions(), (_, _) => Task.FromResult(Array.Empty<IPAddress>()), _time);
        Assert.Equal("hooks.example has no address", (await Post(none, new Uri("http://hooks.example/"))).Why);
        var endpoint = await Endpoint.Start();
        await endpoint.DisposeAsync();
        Assert.IsType<SendOutcome.NotNow>(await Post(Client(), endpoint.Url));
    }

    private EndpointClient Client() =>
        new(new PublishingOptions { AllowPrivateAddresses = true }, (host, token) => System.Net.Dns.GetHostAddressesAsync(host, token), _time);

    private static Task<SendOutcome> Post(EndpointClient client, Uri url) =>
        client.Post(url, new ByteArrayContent("{}"u8.ToArray()), [], CancellationToken.None);
}
