using Silo.LoadTest.Marks;
using Silo.LoadTest.Sinks;
using Silo.LoadTest.Sinks.Accounting;
using Silo.LoadTest.Sinks.Smtp;
using Xunit;

namespace Silo.LoadTest.Tests.Sinks;

public sealed class SinkAccountingTests
{
    private static SinkOptions Options(SinkChecks? checks = null) => new()
    {
        Run = "1a", Checks = checks ?? new SinkChecks { AuthorDomain = "t{tenant}.load.example", OrderSlack = TimeSpan.Zero },
    };

    /// <summary>Sends 20 messages of each of two lanes, in order, and says so in the books.</summary>
    private static async Task<SentBooks> SendAll(SmtpSink sink)
    {
        var sent = new SentBooks();
        await using var client = await SinkClient.Connect(sink.Endpoint);
        for (var number = 0; number < 20; number++)
        {
            foreach (var lane in new[] { 5, 6 })
            {
                Assert.StartsWith("250", await client.Send(SinkClient.Mark(tenant: lane - 4, lane, number)), StringComparison.Ordinal);
                sent.Accepted(lane - 4, lane, number);
            }
        }

        return sent;
    }

    [Fact]
    public async Task What_arrives_once_in_order_is_clean()
    {
        await using var sink = new SmtpSink(Options());
        var tally = sink.Tally(await SendAll(sink));
        Assert.Empty(tally.Violations);
        Assert.Equal((40, 0, 0), (tally.Delivered, tally.Again, tally.Lost));
        Assert.Equal([new LaneTally(1, 5, 20, 20, 0, 0, 0), new LaneTally(2, 6, 20, 20, 0, 0, 0)], tally.Lanes);
        Assert.Equal([(1, 20L), (2, 20L)], tally.Tenants().Select(t => (t.Tenant, t.Delivered)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Each_message_that_is_dropped_is_found_lost(int messages)
    {
        await using var sink = new SmtpSink(Options());
        sink.Faults.Drop(messages);
        var tally = sink.Tally(await SendAll(sink));
        var violation = Assert.Single(tally.Violations);
        Assert.Equal((SinkFault.Lost, messages), (violation.Fault, violation.Count));
        Assert.Equal((40 - messages, (long)messages), (tally.Delivered, tally.Lost));
        Assert.Contains("tenant 1, lane 5, number 0 ", string.Join('\n', violation.Examples), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_message_that_comes_twice_is_found_unless_the_server_marked_it()
    {
        await using var sink = new SmtpSink(Options());
        sink.Faults.Duplicate(4); // Lane 5: 0 and 1; lane 6: 0 and 1.
        var sent = await SendAll(sink);
        var tally = sink.Tally(sent);
        var violation = Assert.Single(tally.Violations);
        Assert.Equal((SinkFault.Duplicate, 4), (violation.Fault, violation.Count));
        Assert.Equal((40, 4, 0), (tally.Delivered, tally.Again, tally.AgainMarked));

        var oneOfEach = new PossibleDuplicates(
            new HashSet<(int, long)> { (5, 1), (5, 19) }, new Dictionary<int, long> { [2] = 1 }, Anywhere: 1);
        tally = sink.Tally(sent, oneOfEach);
        Assert.Equal((1, 3), (tally.Of(SinkFault.Duplicate), tally.AgainMarked));
        Assert.Empty(sink.Tally(sent, PossibleDuplicates.InAll(4)).Violations);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    public async Task Messages_that_begin_in_another_order_are_found(int slackMs)
    {
        await using var sink = new SmtpSink(Options(new SinkChecks { OrderSlack = TimeSpan.FromMilliseconds(slackMs) }));
        sink.Faults.Reorder(10);
        var tally = sink.Tally(await SendAll(sink));
        var violation = Assert.Single(tally.Violations);
        // Five of each lane, of which only the one that now came first is in order.
        Assert.Equal((SinkFault.Order, 8), (violation.Fault, violation.Count));
        Assert.Equal((40, 0, 0), (tally.Delivered, tally.Again, tally.Lost));
    }

    [Fact]
    public async Task Mail_in_the_name_of_another_tenant_is_found()
    {
        await using var sink = new SmtpSink(Options());
        await using var client = await SinkClient.Connect(sink.Endpoint);
        var mark = SinkClient.Mark(1, 5, 0);
        await client.Send(mark, content: SinkClient.Content(mark, author: "t2.load.example"));
        await client.Send(SinkClient.Mark(1, 5, 1), content: SinkClient.Content(SinkClient.Mark(2, 5, 1), author: "t1.load.example"));
        Assert.Equal(2, sink.Tally().Of(SinkFault.WrongTenant));
    }

    [Fact]
    public async Task A_recipient_that_gets_the_content_of_another_is_found()
    {
        await using var sink = new SmtpSink(Options());
        await using var client = await SinkClient.Connect(sink.Endpoint);
        await client.Send(SinkClient.Mark(1, 5, 0), content: SinkClient.Content(SinkClient.Mark(1, 5, 1)));
        var violation = Assert.Single(sink.Tally().Violations);
        Assert.Equal((SinkFault.WrongContent, 1), (violation.Fault, violation.Count));
    }

    [Fact]
    public async Task What_was_refused_to_its_sender_must_not_arrive_and_what_is_not_known_may()
    {
        await using var sink = new SmtpSink(Options());
        await using var client = await SinkClient.Connect(sink.Endpoint);
        var sent = new SentBooks();
        sent.Unknown(1, 5, 0);
        sent.Unknown(1, 5, 2);
        await client.Send(SinkClient.Mark(1, 5, 0));
        await client.Send(SinkClient.Mark(1, 5, 1));
        var violation = Assert.Single(sink.Tally(sent).Violations);
        Assert.Equal((SinkFault.NotAccepted, 1), (violation.Fault, violation.Count));
    }

    [Fact]
    public async Task A_lane_of_which_nothing_came_is_lost_as_a_whole()
    {
        await using var sink = new SmtpSink(Options());
        var sent = new SentBooks();
        for (var number = 0; number < 100; number++) sent.Accepted(3, 7, number);
        Assert.Equal(100, sink.Tally(sent).Lost);
    }

    [Fact]
    public async Task Mail_of_another_run_and_mail_without_a_mark_are_told_apart()
    {
        await using var sink = new SmtpSink(Options());
        await using var client = await SinkClient.Connect(sink.Endpoint);
        await client.Send(SinkClient.Mark(1, 5, 0, run: "2b"));
        await client.Send("someone@example.org", "Subject: Hello\r\n\r\nHello\r\n");
        var tally = sink.Tally();
        Assert.Equal((2, 0), (tally.Of(SinkFault.Unmarked), tally.Delivered));
        Assert.Equal(2, tally.Counts.Delivered);
    }

    [Fact]
    public async Task A_recipient_that_does_not_say_which_message_it_is_leaves_it_to_the_header()
    {
        await using var sink = new SmtpSink(Options());
        await using var client = await SinkClient.Connect(sink.Endpoint);
        await client.Send("someone@example.org", SinkClient.Content(SinkClient.Mark(1, 5, 0)));
        var tally = sink.Tally();
        Assert.Empty(tally.Violations);
        Assert.Equal(1, tally.Delivered);
    }
}
