using Silo.Core.Addresses;
using Silo.Server.Delivery;
using Xunit;

namespace Silo.Server.Tests.Delivery;

public sealed class MailboxProvidersTests
{
    private static readonly string[] Workspace = ["aspmx.l.google.com", "alt1.aspmx.l.google.com"];

    [Fact]
    public void A_business_domain_is_its_hosters_once_its_hosts_are_known_and_a_consumers_domain_stays_what_it_is()
    {
        var providers = new MailboxProviders([]);
        Assert.Equal(("Other", null), (providers.Of("a@shop.example").Name, providers.NameFor("a@shop.example")));
        Assert.Equal("Google Workspace", providers.Learn("shop.example", Workspace).Name);
        Assert.Equal(("Google Workspace", "Google Workspace"), (providers.Of("a@Shop.example").Name, providers.NameFor("a@shop.EXAMPLE")));
        Assert.Equal("Gmail", providers.Learn("gmail.com", Workspace).Name);
        Assert.Null(providers.NameFor("a@gmail.com"));
    }

    [Fact]
    public void A_domain_that_moves_is_its_new_hosters_and_one_with_hosts_of_several_is_nobodys()
    {
        var providers = new MailboxProviders([]);
        providers.Learn("shop.example", Workspace);
        providers.Learn("shop.example", ["shop-example.mail.protection.outlook.com"]);
        Assert.Equal("Microsoft 365", providers.Of("a@shop.example").Name);
        providers.Learn("shop.example", [Workspace[0], "mx.shop.example"]);
        Assert.Equal(("Other", null), (providers.Of("a@shop.example").Name, providers.NameFor("a@shop.example")));
    }

    [Fact]
    public void What_was_named_for_a_recipient_counts_whatever_is_known_of_its_domain_since()
    {
        var providers = new MailboxProviders([]);
        Assert.Equal("Google Workspace", providers.Of("a@shop.example", "Google Workspace").Name);
        Assert.True(providers.Of("a@shop.example", "Yahoo").HasFeedbackLoop);
        Assert.Equal(new MailboxProvider("Gone since", false), providers.Of("a@gmail.com", "Gone since"));
    }

    [Fact]
    public void What_is_configured_comes_before_the_tables_and_adds_to_what_they_know()
    {
        var providers = new MailboxProviders(
        [
            new MailboxProviderOptions { Name = "Town", FeedbackLoop = true, Domains = ["town.example", "gmx.ch"], Hosts = ["mx.town.example"] },
            new MailboxProviderOptions { Name = "Gmail", FeedbackLoop = true, Domains = ["gmail.example"] },
        ]);
        Assert.Equal(("Town", "Town", true), (providers.Of("a@GMX.ch").Name, providers.NameFor("a@gmx.ch"), providers.Of("a@town.example").HasFeedbackLoop));
        Assert.Equal("Town", providers.Learn("club.example", ["b.mx.town.example", "mx.town.example"]).Name);
        Assert.Equal("Town", providers.NameFor("a@club.example"));
        Assert.Equal((true, null, "Gmail"), (providers.Of("a@gmail.com").HasFeedbackLoop, providers.NameFor("a@gmail.com"), providers.NameFor("a@gmail.example")));
        Assert.True(providers.Of("a@elsewhere.example", "Town").HasFeedbackLoop);
        Assert.Equal([.. MailboxProvider.All.Select(p => p.Name), "Town"], providers.All.Select(p => p.Name));
    }

    [Fact]
    public void Of_more_domains_than_are_remembered_those_are_forgotten_that_were_learned_first()
    {
        var providers = new MailboxProviders([]);
        for (var i = 0; i <= MailboxProviders.MaxLearned; i++) providers.Learn($"d{i}.example", Workspace);
        Assert.Null(providers.NameFor("a@d0.example"));
        Assert.NotNull(providers.NameFor("a@d1.example"));
        Assert.NotNull(providers.NameFor($"a@d{MailboxProviders.MaxLearned}.example"));
    }

    [Fact]
    public void Each_fault_of_a_configured_provider_is_named()
    {
        string[] expected =
        [
            "Silo:MailboxProviders:0:Name: must be 1 to 64 printable characters of ASCII, and no '|'.",
            "Silo:MailboxProviders:1:Domains:0: not a domain is no name of a domain.",
            "Silo:MailboxProviders:2:Name: Town stands there more than once.",
            "Silo:MailboxProviders:2:Hosts:1: MX.town.example stands there more than once.",
            "Silo:MailboxProviders:3:Name: Other is what belongs to nobody.",
        ];
        Assert.Equal(expected, MailboxProviderOptions.Errors(
        [
            new MailboxProviderOptions { Name = "A|B" }, new MailboxProviderOptions { Name = "Town", Domains = ["not a domain"] },
            new MailboxProviderOptions { Name = "Town", Hosts = ["mx.town.example", "MX.town.example"] }, new MailboxProviderOptions { Name = "Other" },
        ]));
    }
}
