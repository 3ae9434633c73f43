using Silo.Core.SenderAuthentication;
using Xunit;

namespace Silo.Core.Tests.SenderAuthentication;

public sealed class SpfEvaluatorTests
{
    /// <summary>The zones of RFC 7208 appendix A.</summary>
    private const string Appendix = """
        example.com MX mail-a.example.com
        example.com MX mail-b.example.com
        example.com A 192.0.2.10
        example.com A 192.0.2.11
        amy.example.com A 192.0.2.65
        bob.example.com A 192.0.2.66
        mail-a.example.com A 192.0.2.129
        mail-b.example.com A 192.0.2.130
        example.org MX mail-c.example.org
        mail-c.example.org A 192.0.2.140
        10.2.0.192.in-addr.arpa PTR example.com
        11.2.0.192.in-addr.arpa PTR example.com
        65.2.0.192.in-addr.arpa PTR amy.example.com
        66.2.0.192.in-addr.arpa PTR bob.example.com
        129.2.0.192.in-addr.arpa PTR mail-a.example.com
        130.2.0.192.in-addr.arpa PTR mail-b.example.com
        140.2.0.192.in-addr.arpa PTR mail-c.example.org
        4.0.0.10.in-addr.arpa PTR bob.example.com
        """;

    [Theory]
    [InlineData("v=spf1 +all", "10 11 65 66 129 130 140 1", "")]
    [InlineData("v=spf1 a -all", "10 11", "65 66 129 130 140")]
    [InlineData("v=spf1 a:example.org -all", "", "10 11 65 66 129 130 140")]
    [InlineData("v=spf1 mx -all", "129 130", "10 11 65 66 140")]
    [InlineData("v=spf1 mx:example.org -all", "140", "10 65 129 130")]
    [InlineData("v=spf1 mx mx:example.org -all", "129 130 140", "10 11 65 66")]
    [InlineData("v=spf1 mx/30 mx:example.org/30 -all", "128 129 130 131 140 141 142 143", "10 127 132 139 144")]
    [InlineData("v=spf1 ptr -all", "10 65 66 129 130", "140 1")]
    [InlineData("v=spf1 ip4:192.0.2.128/28 -all", "128 129 130 140 143", "65 127 144")]
    public void The_examples_of_the_standard_come_out_as_it_says(string record, string pass, string fail)
    {
        var zone = new SpfZone($"{Appendix}\nexample.com TXT {record}");
        foreach (var host in pass.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Assert.Equal((host, SpfResult.Pass), (host, zone.Check($"192.0.2.{host}", "example.com").Result));
        foreach (var host in fail.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Assert.Equal((host, SpfResult.Fail), (host, zone.Check($"192.0.2.{host}", "example.com").Result));
    }

    [Fact]
    public void A_name_that_does_not_lead_back_to_the_address_stands_for_nothing() => Assert.Equal(
        SpfResult.Fail, new SpfZone($"{Appendix}\nexample.com TXT v=spf1 ptr -all").Check("10.0.0.4", "example.com").Result);

    [Theory]
    [InlineData("192.0.2.1", "", SpfResult.None)]
    [InlineData("192.0.2.1", "acme.example TXT other", SpfResult.None)]
    [InlineData("192.0.2.1", "acme.example TXT v=spf10 +all", SpfResult.None)]
    [InlineData("192.0.2.1", "acme.example TXT! ", SpfResult.TemporaryError)]
    [InlineData("192.0.2.1", "acme.example TXT v=spf1", SpfResult.Neutral)]
    [InlineData("192.0.2.1", "acme.example TXT v=spf1 a:nowhere.example", SpfResult.Neutral)]
    [InlineData("192.0.2.1", "acme.example TXT v=spf1 ?ip4:192.0.2.1 -all", SpfResult.Neutral)]
    [InlineData("192.0.2.1", "acme.example TXT v=spf1 ~all", SpfResult.SoftFail)]
    [InlineData("192.0.2.1", "acme.example TXT v=spf1 -all\nacme.example TXT v=spf1 +all", SpfResult.PermanentError)]
    // The slip counts, though the term before it would have matched.
    [InlineData("192.0.2.1", "acme.example TXT v=spf1 ip4:192.0.2.1 ipv4:192.0.2.2 -all", SpfResult.PermanentError)]
    [InlineData("192.0.2.1", "acme.example TXT v=spf1 a:down.example -all\ndown.example A! ", SpfResult.TemporaryError)]
    [InlineData("192.0.2.1", "acme.example TXT v=spf1 ip4:192.0.2.1 a:down.example -all\ndown.example A! ", SpfResult.Pass)]
    [InlineData("192.0.2.1", "acme.example TXT v=spf1 mx -all\nacme.example MX m.example\nm.example A! ", SpfResult.TemporaryError)]
    // A null MX is no host.
    [InlineData("192.0.2.1", "acme.example TXT v=spf1 mx -all\nacme.example MX", SpfResult.Fail)]
    [InlineData("192.0.2.1", "acme.example TXT v=spf1 ptr -all\n1.2.0.192.in-addr.arpa PTR! ", SpfResult.Fail)]
    [InlineData("192.0.2.1", "acme.example TXT v=spf1 exists:%{ir}.list.example -all\n1.2.0.192.list.example A 127.0.0.2", SpfResult.Pass)]
    [InlineData("192.0.2.1", "acme.example TXT v=spf1 exists:%{ir}.list.example -all", SpfResult.Fail)]
    // Of IPv6 too, an A record is asked for.
    [InlineData("2001:db8::1", "acme.example TXT v=spf1 exists:x.list.example -all\nx.list.example A 127.0.0.2", SpfResult.Pass)]
    [InlineData("2001:db8::1", "acme.example TXT v=spf1 ip4:0.0.0.0/0 -all", SpfResult.Fail)]
    [InlineData("2001:db8::1", "acme.example TXT v=spf1 ip6:2001:db8::/32 -all", SpfResult.Pass)]
    [InlineData("2001:db9::1", "acme.example TXT v=spf1 ip6:2001:db8::/32 -all", SpfResult.Fail)]
    [InlineData("2001:db8::1", "acme.example TXT v=spf1 a -all\nacme.example A 192.0.2.1\nacme.example AAAA 2001:db8::1", SpfResult.Pass)]
    [InlineData("2001:db8::9", "acme.example TXT v=spf1 a/0//127 -all\nacme.example AAAA 2001:db8::1", SpfResult.Fail)]
    [InlineData("2001:db8::9", "acme.example TXT v=spf1 a//124 -all\nacme.example AAAA 2001:db8::1", SpfResult.Pass)]
    [InlineData("::ffff:192.0.2.1", "acme.example TXT v=spf1 ip4:192.0.2.1 -all", SpfResult.Pass)]
    [InlineData(
        "2001:db8::1",
        "acme.example TXT v=spf1 ptr -all\n1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR m.acme.example\n"
            + "m.acme.example AAAA 2001:db8::1",
        SpfResult.Pass)]
    public void A_record_decides_by_its_first_term_that_means_the_address(string ip, string zone, SpfResult expected) =>
        Assert.Equal(expected, new SpfZone(zone).Check(ip).Result);

    [Theory]
    [InlineData("+all", SpfResult.Pass)]
    [InlineData("-all", SpfResult.SoftFail)]
    [InlineData("~all", SpfResult.SoftFail)]
    [InlineData("?all", SpfResult.SoftFail)]
    [InlineData("a:down.example", SpfResult.TemporaryError)]
    [InlineData("broken", SpfResult.PermanentError)]
    [InlineData(null, SpfResult.PermanentError)]
    public void An_included_record_that_passes_means_the_address_and_one_that_cannot_be_used_spoils_all(string? terms, SpfResult expected)
    {
        var there = terms is null ? "" : $"p.example TXT v=spf1 {terms}";
        var zone = new SpfZone($"acme.example TXT v=spf1 include:p.example ~all\ndown.example A! \n{there}");
        Assert.Equal(expected, zone.Check("192.0.2.1").Result);
    }

    [Theory]
    [InlineData("-all", SpfResult.Fail)]
    [InlineData("", SpfResult.Neutral)]
    [InlineData("broken", SpfResult.PermanentError)]
    [InlineData(null, SpfResult.PermanentError)]
    public void A_redirect_decides_when_nothing_else_did(string? terms, SpfResult expected)
    {
        var there = terms is null ? "" : $"r.example TXT v=spf1 {terms}";
        SpfResult Check(string own, string ip) => new SpfZone($"acme.example TXT v=spf1 redirect=r.example {own}\n{there}").Check(ip).Result;
        Assert.Equal(expected, Check("ip4:192.0.2.9", "192.0.2.1"));
        Assert.Equal(SpfResult.Pass, Check("ip4:192.0.2.9", "192.0.2.9"));
        Assert.Equal(SpfResult.SoftFail, Check("~all", "192.0.2.1"));
    }

    [Fact]
    public void Ten_terms_may_ask_DNS_and_what_they_lead_to_counts_with_them()
    {
        // Our own, the include, and two in the record that is included.
        static string Zone(int own) =>
            $"acme.example TXT v=spf1 {string.Join(' ', Enumerable.Range(0, own).Select(i => $"a:h{i}.example"))} "
            + "include:p.example ip4:192.0.2.1 -all\n"
            + "p.example TXT v=spf1 a:one.example a:two.example -all\none.example A 198.51.100.1\ntwo.example A 198.51.100.2\n"
            + string.Join('\n', Enumerable.Range(0, own).Select(i => $"h{i}.example A 198.51.100.{i}"));

        var ten = new SpfZone(Zone(7)).Check("192.0.2.1");
        Assert.Equal((SpfResult.Pass, 10), (ten.Result, ten.Lookups));
        var eleven = new SpfZone(Zone(8)).Check("192.0.2.1");
        Assert.Equal(SpfResult.PermanentError, eleven.Result);
        Assert.Contains("More than 10 terms ask DNS, the last one in the record of p.example.", eleven.Reason, StringComparison.Ordinal);
        // Who is meant before is not troubled by it.
        Assert.Equal(SpfResult.Pass, new SpfZone(Zone(8)).Check("198.51.100.3").Result);
    }

    [Theory]
    [InlineData("acme.example TXT v=spf1 include:acme.example -all")]
    [InlineData("acme.example TXT v=spf1 redirect=acme.example")]
    [InlineData("acme.example TXT v=spf1 include:a.example\na.example TXT v=spf1 include:b.example\nb.example TXT v=spf1 redirect=a.example")]
    public void Records_that_lead_to_each_other_end_in_an_error(string zone) =>
        Assert.Equal(SpfResult.PermanentError, new SpfZone(zone).Check("192.0.2.1").Result);

    [Fact]
    public void Two_terms_may_ask_in_vain_and_a_third_is_an_error()
    {
        static SpfResult Check(string terms, string ip, string more = "") => new SpfZone($"acme.example TXT v=spf1 {terms}\n{more}").Check(ip).Result;
        Assert.Equal(SpfResult.Pass, Check("a:x.example mx:y.example ip4:192.0.2.1", "192.0.2.1"));
        Assert.Equal(SpfResult.PermanentError, Check("a:x.example mx:y.example exists:z.example ip4:192.0.2.1", "192.0.2.1"));
        // Exchangers without an address of the family are no terms.
        var exchangers = string.Join('\n', Enumerable.Range(0, 10).Select(i => $"acme.example MX m{i}.example"));
        Assert.Equal(SpfResult.Pass, Check("mx +all", "2001:db8::1", exchangers));
    }

    [Fact]
    public void More_than_ten_exchangers_are_an_error_and_more_than_ten_names_are_left_out()
    {
        static string Many(string name, string type, int count) =>
            string.Join('\n', Enumerable.Range(0, count).Select(i => $"{name} {type} m{i}.acme.example"));
        static SpfResult Check(string zone) => new SpfZone(zone).Check("192.0.2.1").Result;
        Assert.Equal(SpfResult.Fail, Check($"acme.example TXT v=spf1 mx -all\n{Many("acme.example", "MX", 10)}"));
        Assert.Equal(SpfResult.PermanentError, Check($"acme.example TXT v=spf1 mx -all\n{Many("acme.example", "MX", 11)}"));
        foreach (var (last, result) in new[] { (9, SpfResult.Pass), (10, SpfResult.Fail) })
        {
            var names = Many("1.2.0.192.in-addr.arpa", "PTR", 11);
            Assert.Equal(result, Check($"acme.example TXT v=spf1 ptr -all\n{names}\nm{last}.acme.example A 192.0.2.1"));
        }
    }

    [Theory]
    // The examples of RFC 7208 7.4.
    [InlineData("%{s}", "strong-bad@email.example.com")]
    [InlineData("%{o}", "email.example.com")]
    [InlineData("%{d}", "email.example.com")]
    [InlineData("%{d4}", "email.example.com")]
    [InlineData("%{d3}", "email.example.com")]
    [InlineData("%{d2}", "example.com")]
    [InlineData("%{d1}", "com")]
    [InlineData("%{dr}", "com.example.email")]
    [InlineData("%{d2r}", "example.email")]
    [InlineData("%{l}", "strong-bad")]
    [InlineData("%{l-}", "strong.bad")]
    [InlineData("%{lr}", "strong-bad")]
    [InlineData("%{lr-}", "bad.strong")]
    [InlineData("%{l1r-}", "strong")]
    [InlineData("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com")]
    [InlineData("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com")]
    [InlineData("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com")]
    [InlineData("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com")]
    [InlineData("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net")]
    [InlineData("%{h}", "mx.example.org")]
    [InlineData("%{p}", "unknown")]
    [InlineData("a%%b%_c%-d", "a%b c%20d")]
    [InlineData("%{S}", "strong-bad%40email.example.com")]
    public void Macros_stand_for_what_the_standard_says(string macro, string expected)
    {
        var zone = new SpfZone($"email.example.com TXT v=spf1 exists:{macro}.x%-");
        zone.Check("192.0.2.3", "email.example.com", "strong-bad@email.example.com", "mx.example.org");
        Assert.Equal($"{expected}.x%20", zone.Asked[^1].Name);
    }

    [Fact]
    public void Of_IPv6_a_macro_has_all_digits()
    {
        var zone = new SpfZone("email.example.com TXT v=spf1 exists:%{ir}.%{v}._spf.%{d2}");
        zone.Check("2001:db8::cb01", "email.example.com", "strong-bad@email.example.com");
        Assert.Equal("1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com", zone.Asked[^1].Name);
    }

    [Fact]
    public void In_an_included_record_the_domain_is_its_own_and_the_sender_stays()
    {
        var zone = new SpfZone("acme.example TXT v=spf1 include:p.example\np.example TXT v=spf1 exists:%{l}.%{o}.%{d} -all");
        zone.Check("192.0.2.1", sender: "@acme.example");
        Assert.Equal("postmaster.acme.example.p.example", zone.Asked[^1].Name);
    }

    [Fact]
    public void A_name_that_a_macro_makes_too_long_loses_its_first_labels_and_one_that_is_none_means_nobody()
    {
        var zone = new SpfZone("acme.example TXT v=spf1 exists:%{l}.%{d} -all");
        zone.Check("192.0.2.1", sender: string.Join('.', Enumerable.Repeat(new string('a', 60), 5)) + "@acme.example");
        Assert.Equal(string.Join('.', Enumerable.Repeat(new string('a', 60), 3)) + ".acme.example", zone.Asked[^1].Name);

        Assert.Equal(SpfResult.Fail, zone.Check("192.0.2.1", sender: new string('a', 64) + "@acme.example").Result);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("acme..example")]
    [InlineData("")]
    public void What_is_no_domain_is_not_asked_for(string domain)
    {
        var zone = new SpfZone($"{domain} TXT v=spf1 +all");
        Assert.Equal(SpfResult.None, zone.Check("192.0.2.1", domain).Result);
        Assert.Empty(zone.Asked);
    }

    [Fact]
    public void The_validated_name_is_one_below_the_domain_before_any_other()
    {
        var zone = new SpfZone("""
            acme.example TXT v=spf1 exists:%{p}.l.example -all
            1.2.0.192.in-addr.arpa PTR other.example
            1.2.0.192.in-addr.arpa PTR m.acme.example
            other.example A 192.0.2.1
            m.acme.example A 192.0.2.1
            m.acme.example.l.example A 127.0.0.1
            """);
        Assert.Equal(SpfResult.Pass, zone.Check("192.0.2.1").Result);
    }

    [Fact]
    public void Whatever_stands_in_records_an_evaluation_ends_within_its_questions()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        string[] terms =
        [
            "a", "mx", "ptr", "-all", "?all", "a:b.example", "mx:c.example/24", "include:a.example", "include:b.example",
            "redirect=c.example", "exists:%{ir}.%{d}", "ip4:192.0.2.0/24", "ip6:2001:db8::/32", "exists:%{p}.%{l1r-}.%{o}",
            "redirect=%{d2}", "include:%{h}", "exp=%{d}", "broken:", "a:%{S}.example",
        ];
        string[] names = ["a.example", "b.example", "c.example", "acme.example"];
        for (var run = 0; run < 3_000; run++)
        {
            var lines = names.SelectMany(n => Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(8) switch
            {
                0 => $"{n} A 192.0.2.{random.Next(4)}",
                1 => $"{n} MX {names[random.Next(4)]}",
                2 => $"{n} AAAA 2001:db8::{random.Next(4)}",
                3 => $"1.2.0.192.in-addr.arpa PTR {n}",
                4 when random.Next(10) == 0 => $"{n} TXT! ",
                _ => $"{n} TXT v=spf1 {string.Join(' ', random.GetItems(terms, random.Next(8)))}",
            }));
            var zone = new SpfZone(string.Join('\n', lines));
            var step = zone.Check(random.Next(2) == 0 ? "192.0.2.1" : "2001:db8::1", hello: names[random.Next(4)]);
            Assert.True(
                zone.Asked.Count <= 1 + (SpfEvaluator.MaxLookups * 22) && step.Lookups <= SpfEvaluator.MaxLookups + 1,
                $"Seed {seed}, run {run}: {step}");
        }
    }
}
