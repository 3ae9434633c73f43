using Silo.Core.Delivery;
using Silo.Testing;
using Silo.Testing.Dns;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.Server.Tests.Delivery.Mx;

public class MxTransportTests
{
    [Fact]
    public async Task What_the_recipients_server_takes_is_delivered()
    {
        await using var sink = new SinkServer(new SinkOptions { KeepsSteps = true });
        await using var mx = new MxUnderTest(sink.Port).Domain("d.example", "127.0.0.1");
        var result = await mx.Carry("r@D.example");
        Assert.Equal((DeliveryResultKind.Delivered, DeliveryStage.FinalDot), (result.Kind, result.Stage));
        Assert.Equal(("mx1.d.example", "S1NK"), (result.RemoteHost, result.RemoteId));
        Assert.Equal("silo.test", sink.Steps.First().Hello);
        Assert.Equal((1, 1), (mx.Transport.IdleConnections, mx.Transport.OpenConnections));
    }

    [Fact]
    public async Task A_domain_at_a_hoster_counts_as_the_hosters_from_its_first_delivery_on()
    {
        await using var sink = new SinkServer();
        await using var mx = new MxUnderTest(sink.Port);
        mx.Dns.AddMx("shop.example", 1, "aspmx.l.google.com").AddAddress("aspmx.l.google.com", "127.0.0.1");
        Assert.Null(mx.Providers.NameFor("r@shop.example"));
        Assert.Equal((DeliveryResultKind.Delivered, "aspmx.l.google.com"), Brief(await mx.Carry("r@shop.example")));
        Assert.Equal("Google Workspace", mx.Providers.NameFor("s@shop.example"));
    }

    [Fact]
    public async Task A_domain_without_MX_records_takes_mail_at_its_own_address()
    {
        await using var sink = new SinkServer();
        await using var mx = new MxUnderTest(sink.Port);
        mx.Dns.AddAddress("d.example", "127.0.0.1");
        Assert.Equal((DeliveryResultKind.Delivered, "d.example"), Brief(await mx.Carry("r@d.example")));
    }

    [Fact]
    public async Task A_host_that_is_an_alias_is_followed_and_one_that_is_an_address_passed_over()
    {
        await using var sink = new SinkServer();
        await using var mx = new MxUnderTest(sink.Port);
        mx.Dns.AddMx("d.example", 5, "127.0.0.9").AddMx("d.example", 10, "mx.d.example");
        mx.Dns.AddAlias("mx.d.example", "real.example").AddAddress("real.example", "127.0.0.1");
        Assert.Equal((DeliveryResultKind.Delivered, "mx.d.example"), Brief(await mx.Carry("r@d.example")));
    }

    [Theory]
    [InlineData(SinkMisbehaviour.RefusesGreeting)]
    [InlineData(SinkMisbehaviour.GarbageGreeting)]
    [InlineData(SinkMisbehaviour.HugeBanner)]
    [InlineData(SinkMisbehaviour.EndlessBanner)]
    [InlineData(SinkMisbehaviour.RefusesHello)]
    [InlineData(SinkMisbehaviour.AnswersTwice)]
    public async Task A_host_that_fails_before_MAIL_is_followed_by_the_next_one_in_the_same_attempt(SinkMisbehaviour misbehaviour)
    {
        await using var bad = new SinkServer(new SinkOptions { Misbehaviour = misbehaviour });
        await using var good = new SinkServer(null, bad.Port, "127.0.0.2");
        // Nobody listens at the first.
        await using var mx = new MxUnderTest(bad.Port).Domain("d.example", "127.0.0.3", "127.0.0.1", "127.0.0.2");
        Assert.Equal((DeliveryResultKind.Delivered, "mx3.d.example"), Brief(await mx.Carry("r@d.example")));
        Assert.Equal((0, 1), (bad.MailCount, good.MailCount));
        Assert.Equal(1, mx.Transport.OpenConnections);
    }

    [Fact]
    public async Task No_more_addresses_are_tried_than_an_attempt_may()
    {
        await using var sink = new SinkServer();
        await using var mx = new MxUnderTest(sink.Port, o => o.MaxAddresses = 3);
        for (var i = 0; i < 10; i++) mx.Dns.AddAddress("mx1.d.example", $"127.0.1.{i + 1}");
        mx.Domain("d.example", "127.0.1.99", "127.0.0.1");
        var result = await mx.Carry("r@d.example");
        Assert.Equal((DeliveryResultKind.RouteFailed, DeliveryStage.Connect), (result.Kind, result.Stage));
        Assert.Equal(0, sink.ConnectionCount);
    }

    [Fact]
    public async Task A_domain_with_a_null_MX_bounces_at_once()
    {
        await using var mx = new MxUnderTest(9);
        mx.Dns.AddMx("d.example", 0, "").AddAddress("d.example", "127.0.0.1");
        var result = await mx.Carry("r@d.example");
        Assert.Equal(DeliveryResultKind.HardBounce, result.Kind);
        Assert.StartsWith("5.1.10 ", result.Diagnostic, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_domain_that_does_not_exist_bounces_after_a_second_look_ten_minutes_later(bool hasMxWithoutAddress)
    {
        var clock = new HostileTimeProvider();
        await using var mx = new MxUnderTest(9, time: clock);
        if (hasMxWithoutAddress) mx.Dns.AddMx("gone.example", 10, "mx.gone.example");
        mx.Dns.NegativeTimeToLive = TimeSpan.FromHours(1);
        var start = clock.GetUtcNow();
        var first = await mx.Carry("r@gone.example");
        Assert.Equal((DeliveryResultKind.RouteFailed, start.AddMinutes(10)), (first.Kind, first.RestsUntil));
        clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(DeliveryResultKind.RouteFailed, (await mx.Carry("other@gone.example")).Kind);
        clock.Advance(TimeSpan.FromMinutes(1));
        var asked = mx.Dns.Asked.Count;
        var second = await mx.Carry("r@gone.example");
        Assert.Equal(DeliveryResultKind.HardBounce, second.Kind);
        Assert.True(asked >= 2, "The second look was served from the cache of the first.");
    }

    [Fact]
    public async Task A_domain_that_comes_back_between_two_looks_gets_its_mail()
    {
        var clock = new HostileTimeProvider();
        await using var sink = new SinkServer();
        await using var mx = new MxUnderTest(sink.Port, time: clock);
        Assert.Equal(DeliveryResultKind.RouteFailed, (await mx.Carry("r@d.example")).Kind);
        mx.Domain("d.example", "127.0.0.1");
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@d.example")).Kind);
    }

    [Fact]
    public async Task Name_servers_that_fail_only_defer()
    {
        var clock = new HostileTimeProvider();
        await using var sink = new SinkServer();
        await using var mx = new MxUnderTest(sink.Port, time: clock).Domain("d.example", "127.0.0.1").Domain("half.example", "127.0.0.1");
        mx.Dns.Reply("d.example", new ScriptedReply { Code = 2 }).Reply("mx1.half.example", new ScriptedReply { Code = 5 });
        for (var i = 0; i < 20; i++)
        {
            foreach (var domain in new[] { "d.example", "half.example" })
            {
                var result = await mx.Carry("r@" + domain);
                Assert.Equal(DeliveryResultKind.RouteFailed, result.Kind);
                Assert.True(result.RestsUntil > clock.GetUtcNow());
            }

            clock.Advance(TimeSpan.FromHours(1));
        }
    }

    [Fact]
    public async Task Mail_that_would_come_back_to_us_is_refused()
    {
        await using var sink = new SinkServer();
        await using var mx = new MxUnderTest(sink.Port, o => o.AllowLoopback = false).Domain("local.example", "127.0.0.1");
        mx.Dns.AddMx("ours.example", 10, "silo.test").AddAddress("silo.test", "192.0.2.1");
        foreach (var domain in new[] { "local.example", "ours.example" })
        {
            var result = await mx.Carry("r@" + domain);
            Assert.Equal(DeliveryResultKind.SoftBounce, result.Kind);
            Assert.StartsWith("5.4.6 ", result.Diagnostic, StringComparison.Ordinal);
        }

        Assert.Equal(0, sink.ConnectionCount);
    }

    [Theory]
    [InlineData("r@[127.0.0.1]")]
    [InlineData("r@a..b")]
    public async Task An_address_without_a_domain_name_bounces(string recipient)
    {
        await using var sink = new SinkServer();
        await using var mx = new MxUnderTest(sink.Port);
        Assert.Equal(DeliveryResultKind.HardBounce, (await mx.Carry(recipient)).Kind);
        Assert.Equal(0, sink.ConnectionCount);
    }

    [Theory]
    [InlineData("550-5.1.1-user-unknown@d.example", DeliveryResultKind.HardBounce, DeliveryStage.Recipient)]
    [InlineData("450-4.2.0-greylisted@d.example", DeliveryResultKind.Deferred, DeliveryStage.Recipient)]
    [InlineData("550-5.7.1-blocked@d.example", DeliveryResultKind.Blocked, DeliveryStage.Recipient)]
    [InlineData("data-552-5.3.4-too-large@d.example", DeliveryResultKind.SoftBounce, DeliveryStage.FinalDot)]
    [InlineData("drop-before-reply@d.example", DeliveryResultKind.Deferred, DeliveryStage.Recipient)]
    [InlineData("close-mid-reply@d.example", DeliveryResultKind.Deferred, DeliveryStage.Recipient)]
    [InlineData("drop-after-data@d.example", DeliveryResultKind.InDoubt, DeliveryStage.FinalDot)]
    public async Task What_the_server_says_about_the_recipient_ends_the_attempt_and_the_next_message_leaves(
        string recipient, DeliveryResultKind kind, DeliveryStage stage)
    {
        await using var sink = new SinkServer();
        await using var second = new SinkServer(null, sink.Port, "127.0.0.2");
        await using var mx = new MxUnderTest(sink.Port).Domain("d.example", "127.0.0.1", "127.0.0.2");
        var result = await mx.Carry(recipient);
        Assert.Equal((kind, stage, null), (result.Kind, result.Stage, result.RestsUntil));
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@d.example")).Kind);
        Assert.Equal(0, second.ConnectionCount);
    }

    [Fact]
    public async Task A_refused_sender_rests_the_message_and_not_the_destination()
    {
        await using var sink = new SinkServer(new SinkOptions { MailReply = "550 5.7.1 not you" });
        await using var mx = new MxUnderTest(sink.Port).Domain("d.example", "127.0.0.1");
        for (var i = 1; i <= 2; i++)
        {
            var result = await mx.Carry("r@d.example");
            Assert.Equal((DeliveryResultKind.RouteFailed, DeliveryStage.Mail, null), (result.Kind, result.Stage, result.RestsUntil));
            Assert.Equal(i, sink.MailCount);
        }
    }

    [Theory]
    [InlineData("gmail.com", "gmail-smtp-in.l.google.com", "gmail-rate-to-one-mailbox")]
    [InlineData("acme.example", "aspmx.l.google.com", "gmail-rate-to-one-mailbox")]
    [InlineData("acme.example", "mx.acme.example", "put-off")]
    public async Task Replies_are_read_in_the_dialect_of_the_provider(string domain, string host, string rule)
    {
        await using var sink = new SinkServer();
        await using var mx = new MxUnderTest(sink.Port);
        mx.Dns.AddMx(domain, 10, host).AddAddress(host, "127.0.0.1");
        Assert.Equal(rule, (await mx.Carry("450-4.2.1-wait@" + domain)).RuleName);
    }

    private static (DeliveryResultKind, string?) Brief(DeliveryResult result) => (result.Kind, result.RemoteHost);
}
