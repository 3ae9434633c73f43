using Silo.Core.Delivery;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.Delivery.Mx;

/// <summary>Against a server that others wrote: a real Postfix as the MX host of a domain.</summary>
public class MxPostfixTests
{
    [PostfixFact]
    public async Task Postfix_takes_mail_for_its_domain_and_says_whom_it_does_not_know()
    {
        await using var postfix = await PostfixServer.Start("d.example", "one", "two");
        await using var mx = new MxUnderTest(postfix.Port).Domain("d.example", "127.0.0.1").Domain("foreign.example", "127.0.0.1");
        var results = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => mx.Carry(i % 2 == 0 ? "one@d.example" : "two@d.example", tlsRequired: i % 3 == 0)));
        Assert.All(results, r => Assert.Equal(DeliveryResultKind.Delivered, r.Kind));
        Assert.All(results, r => Assert.NotNull(r.RemoteId));
        foreach (var mailbox in new[] { "one", "two" })
        {
            var text = await postfix.Mailbox(mailbox, 15);
            Assert.Equal(15, text.Split($"\nTo: {mailbox}@d.example\n").Length - 1);
            Assert.Equal(15, text.Split("\n.hello\n").Length - 1);
            Assert.Contains("using TLSv1.3", text, StringComparison.Ordinal);
        }

        var unknown = await mx.Carry("nobody@d.example");
        Assert.Equal((DeliveryResultKind.HardBounce, BounceSubType.NoEmail), (unknown.Kind, unknown.BounceSubType));
        // 554 5.7.1 Relay access denied.
        Assert.Equal(DeliveryResultKind.Blocked, (await mx.Carry("r@foreign.example")).Kind);
    }
}
