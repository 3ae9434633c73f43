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
    [InlineData("aspmx.l.google.com", "Google Workspace")]
    [InlineData("ALT2.aspmx.l.Google.com", "Google Workspace")]
    [InlineData("aspmx3.googlemail.com", "Google Workspace")]
    [InlineData("alt1.gmail-smtp-in.l.google.com", "Gmail")]
    [InlineData("contoso-com.mail.protection.outlook.com", "Microsoft 365")]
    [InlineData("contoso-com.k-v1.mx.microsoft", "Microsoft 365")]
    [InlineData("outlook-com.olc.protection.outlook.com", "Microsoft")]
    [InlineData("mta5.am0.yahoodns.net", "Yahoo")]
    [InlineData("mx-biz.mail.am0.yahoodns.net", "Yahoo Small Business")]
    [InlineData("mx01.mail.icloud.com", "Apple")]
    [InlineData("mx0a-00000.pphosted.com", "Proofpoint")]
    [InlineData("mx.example.com", "Other")]
    [InlineData("notgoogle.com", "Other")]
    [InlineData("google.com.evil.example", "Other")]
    [InlineData("com", "Other")]
    [InlineData("", "Other")]
    public void A_host_belongs_to_who_runs_it(string host, string name)
    {
        Assert.Equal(name, MailboxProvider.OfHost(host).Name);
        Assert.Contains(MailboxProvider.OfHost(host), MailboxProvider.All);
    }

    [Fact]
    public void Business_mail_that_a_provider_hosts_is_not_its_consumers_mail()
    {
        Assert.Equal("Gmail", MailboxProvider.Classify("gmail.com", ["gmail-smtp-in.l.google.com"]).Name);
        Assert.Equal("Google Workspace", MailboxProvider.Classify("acme.example", ["aspmx.l.google.com", "alt1.aspmx.l.google.com"]).Name);
        Assert.Equal("Microsoft", MailboxProvider.Classify("outlook.com", ["outlook-com.olc.protection.outlook.com"]).Name);
        Assert.Equal("Microsoft 365", MailboxProvider.Classify("acme.example", ["acme-example.mail.protection.outlook.com"]).Name);
    }

    [Fact]
    public void A_domain_with_a_strangers_host_beside_a_providers_is_not_the_providers()
    {
        Assert.Equal(MailboxProvider.Other, MailboxProvider.Classify("acme.example", ["aspmx.l.google.com", "tarpit.example"]));
        Assert.Equal(MailboxProvider.Other, MailboxProvider.Classify("acme.example", []));
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
