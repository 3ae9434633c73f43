using Silo.Core.Addresses;
using Xunit;

namespace Silo.Core.Tests.Addresses;

public sealed class MailboxProviderTests
{
    [Theory]
    [InlineData("gmail.com", "Gmail", false)]
    [InlineData("GoogleMail.com", "Gmail", false)]
    [InlineData("yahoo.com", "Yahoo", true)]
    [InlineData("yahoo.co.jp", "Yahoo", true)]
    [InlineData("yahoo.com.br", "Yahoo", true)]
    [InlineData("ymail.com", "Yahoo", true)]
    [InlineData("rocketmail.com", "Yahoo", true)]
    [InlineData("aol.com", "Yahoo", true)]
    [InlineData("outlook.com", "Microsoft", true)]
    [InlineData("hotmail.co.uk", "Microsoft", true)]
    [InlineData("live.nl", "Microsoft", true)]
    [InlineData("msn.com", "Microsoft", true)]
    [InlineData("icloud.com", "Apple", false)]
    [InlineData("me.com", "Apple", false)]
    [InlineData("comcast.net", "Comcast", true)]
    [InlineData("gmx.de", "GMX", false)]
    [InlineData("web.de", "WEB.DE", false)]
    [InlineData("163.com", "NetEase", false)]
    [InlineData("example.com", "Other", false)]
    [InlineData("yahoo.evil.com", "Other", false)]
    [InlineData("outlook.office.com", "Other", false)]
    [InlineData("notgmail.com", "Other", false)]
    [InlineData("mail.gmail.com", "Other", false)]
    [InlineData("", "Other", false)]
    [InlineData("yahoo", "Other", false)]
    public void A_domain_belongs_to_the_provider_of_the_table(string domain, string name, bool hasLoop)
    {
        var provider = MailboxProvider.Classify(domain);
        Assert.Equal((name, hasLoop), (provider.Name, provider.HasFeedbackLoop));
        Assert.Contains(provider, MailboxProvider.All);
    }

    [Theory]
    [InlineData("success@simulator.amazonses.com", SimulatorOutcome.Success)]
    [InlineData("BOUNCE+x+y@Simulator.AmazonSES.com", SimulatorOutcome.Bounce)]
    [InlineData("ooto@sim.example", SimulatorOutcome.OutOfTheOffice)]
    [InlineData("complaint+@SIM.example", SimulatorOutcome.Complaint)]
    [InlineData("suppressionlist@simulator.amazonses.com", SimulatorOutcome.SuppressionList)]
    public void A_simulator_address_tells_its_outcome(string address, SimulatorOutcome expected)
    {
        Assert.True(MailboxSimulator.TryMatch(address, "sim.example", out var outcome));
        Assert.Equal(expected, outcome);
    }

    [Theory]
    [InlineData("success@example.com")]
    [InlineData("nobody@simulator.amazonses.com")]
    [InlineData("bounces@simulator.amazonses.com")]
    [InlineData("success@a.simulator.amazonses.com")]
    [InlineData("+bounce@simulator.amazonses.com")]
    [InlineData("success")]
    [InlineData("success@")]
    public void Any_other_address_is_a_real_one(string address) => Assert.False(MailboxSimulator.TryMatch(address, "", out _));
}
