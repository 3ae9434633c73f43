using System.Net;
using System.Security.Cryptography.X509Certificates;
using Silo.Core.Delivery;
using Silo.Testing;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.Server.Tests.Delivery.Mx;

public class MxTlsTests
{
    private const string Enforce = "version: STSv1\nmode: enforce\nmx: *.d.example\nmax_age: 86400\n";

    [Theory]
    [InlineData(SinkMisbehaviour.None, true)]
    [InlineData(SinkMisbehaviour.StartTlsRefused, false)]
    [InlineData(SinkMisbehaviour.StartTlsThenGarbage, false)]
    [InlineData(SinkMisbehaviour.StartTlsThenClose, false)]
    [InlineData(SinkMisbehaviour.StartTlsInjection, false)]
    public async Task Mail_is_encrypted_where_that_works_and_leaves_in_plain_text_where_it_does_not(SinkMisbehaviour misbehaviour, bool secure)
    {
        await using var sink = new SinkServer(new SinkOptions { Certificate = SelfSigned.Certificate("x.example"), Misbehaviour = misbehaviour });
        await using var mx = new MxUnderTest(sink.Port).Domain("d.example", "127.0.0.1");
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@d.example")).Kind);
        Assert.Equal(secure, Assert.Single(sink.Messages).Secure);
        Assert.Equal(secure ? 1 : 2, sink.ConnectionCount);
        Assert.Equal(1, mx.Transport.OpenConnections);
    }

    [Theory]
    [InlineData(SinkMisbehaviour.StartTlsRefused)]
    [InlineData(SinkMisbehaviour.StartTlsThenGarbage)]
    public async Task Mail_that_requires_TLS_never_leaves_in_plain_text(SinkMisbehaviour misbehaviour)
    {
        await using var sink = new SinkServer(new SinkOptions { Certificate = SelfSigned.Certificate("x.example"), Misbehaviour = misbehaviour });
        await using var good = new SinkServer(new SinkOptions { Certificate = SelfSigned.Certificate("y.example") }, sink.Port, "127.0.0.2");
        await using var mx = new MxUnderTest(sink.Port).Domain("d.example", "127.0.0.1").Domain("two.example", "127.0.0.1", "127.0.0.2");
        // A plain connection that is kept for other mail serves nobody who asks for more.
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@d.example")).Kind);
        Assert.Equal(DeliveryResultKind.RouteFailed, (await mx.Carry("r@d.example", tlsRequired: true)).Kind);
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@two.example", tlsRequired: true)).Kind);
        Assert.Equal(1, sink.MessageCount);
        Assert.True(Assert.Single(good.Messages).Secure);
    }

    [Fact]
    public async Task A_policy_that_is_enforced_asks_for_the_certificate_of_an_allowed_host()
    {
        using var wanted = SelfSigned.Certificate("mx2.d.example");
        await using var stranger = new SinkServer(new SinkOptions { Certificate = SelfSigned.Certificate("mx1.d.example") });
        await using var real = new SinkServer(new SinkOptions { Certificate = wanted }, stranger.Port, "127.0.0.2");
        var site = new PolicySite(Enforce);
        await using var mx = new MxUnderTest(stranger.Port, o => o.TrustedRoots = new X509Certificate2Collection(wanted), https: site)
            .Domain("d.example", "127.0.0.1", "127.0.0.2");
        mx.Dns.AddText("_mta-sts.d.example", "v=STSv1; id=1;").AddMx("d.example", 5, "evil.example").AddAddress("evil.example", "127.0.0.1");
        var result = await mx.Carry("r@d.example");
        Assert.Equal((DeliveryResultKind.Delivered, "mx2.d.example"), (result.Kind, result.RemoteHost));
        Assert.True(Assert.Single(real.Messages).Secure);
        Assert.Equal(0, stranger.MailCount);
        Assert.Equal("https://mta-sts.d.example/.well-known/mta-sts.txt", Assert.Single(site.Asked));
    }

    [Theory]
    [InlineData(Enforce, "mx1.d.example", false)] // valid name, but nobody trusts it
    [InlineData("version: STSv1\nmode: enforce\nmx: other.example\nmax_age: 86400\n", null, false)]
    [InlineData("version: STSv1\nmode: testing\nmx: other.example\nmax_age: 86400\n", null, true)]
    [InlineData("version: STSv1\nmode: none\nmax_age: 86400\n", null, true)]
    public async Task Only_an_enforced_policy_keeps_mail_back(string policy, string? certificate, bool leaves)
    {
        await using var sink = new SinkServer(new SinkOptions { Certificate = certificate is null ? null : SelfSigned.Certificate(certificate) });
        await using var mx = new MxUnderTest(sink.Port, https: new PolicySite(policy)).Domain("d.example", "127.0.0.1").Domain("e.example", "127.0.0.1");
        mx.Dns.AddText("_mta-sts.d.example", "v=STSv1; id=1;");
        var result = await mx.Carry("r@d.example");
        Assert.Equal(leaves ? DeliveryResultKind.Delivered : DeliveryResultKind.RouteFailed, result.Kind);
        Assert.Equal(!leaves, result.RestsUntil is not null);
        Assert.Equal(leaves ? 1 : 0, sink.MailCount);
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@e.example")).Kind);
    }

    [Fact]
    public async Task A_policy_is_kept_for_its_age_also_when_the_record_vanishes_and_read_again_under_another_id()
    {
        var clock = new HostileTimeProvider();
        await using var sink = new SinkServer();
        var site = new PolicySite(Enforce);
        await using var mx = new MxUnderTest(sink.Port, time: clock, https: site).Domain("d.example", "127.0.0.1");
        mx.Dns.AddText("_mta-sts.d.example", "v=STSv1; id=1;");
        await mx.Carry("r@d.example");
        clock.Advance(TimeSpan.FromHours(1));
        mx.Dns.Remove("_mta-sts.d.example");
        Assert.Equal(DeliveryResultKind.RouteFailed, (await mx.Carry("r@d.example")).Kind);
        Assert.Single(site.Asked);

        site.Text = "version: STSv1\nmode: none\nmax_age: 60\n";
        mx.Dns.AddText("_mta-sts.d.example", "v=STSv1; id=2;");
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@d.example")).Kind);
        Assert.Equal(2, site.Asked.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.Redirect, "text/plain", 100)]
    [InlineData(HttpStatusCode.NotFound, "text/plain", 100)]
    [InlineData(HttpStatusCode.OK, "text/html", 100)]
    [InlineData(HttpStatusCode.OK, "text/plain", 70_000)]
    public async Task A_policy_that_cannot_be_read_is_none_and_not_asked_for_again_at_once(HttpStatusCode status, string type, int length)
    {
        var clock = new HostileTimeProvider();
        await using var sink = new SinkServer();
        var site = new PolicySite(Enforce.PadRight(length, '\n')) { Status = status, Type = type };
        await using var mx = new MxUnderTest(sink.Port, time: clock, https: site).Domain("d.example", "127.0.0.1");
        mx.Dns.AddText("_mta-sts.d.example", "v=STSv1; id=1;");
        for (var i = 0; i < 3; i++) Assert.Equal(DeliveryResultKind.Delivered, (await mx.Carry("r@d.example")).Kind);
        Assert.Single(site.Asked);
        clock.Advance(TimeSpan.FromMinutes(6));
        await mx.Carry("r@d.example");
        Assert.Equal(2, site.Asked.Count);
    }

    /// <summary>Answers every request for a policy.</summary>
    private sealed class PolicySite(string text) : HttpMessageHandler
    {
        public string Text { get; set; } = text;

        public HttpStatusCode Status { get; init; } = HttpStatusCode.OK;

        public string Type { get; init; } = "text/plain";

        public List<string> Asked { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            lock (Asked) Asked.Add(request.RequestUri!.ToString());
            return Task.FromResult(new HttpResponseMessage(Status)
            {
                Content = new StringContent(Text, System.Text.Encoding.UTF8, Type),
                Headers = { Location = new Uri("https://elsewhere.example/") },
            });
        }
    }
}
