using Silo.Core.SenderAuthentication;
using Xunit;

namespace Silo.Core.Tests.SenderAuthentication;

public sealed class SpfRecordTests
{
    /// <summary>Records that hold, by the grammar of RFC 7208 section 12.</summary>
    public static TheoryData<string> Good { get; } =
    [
        "v=spf1", "v=spf1 ", "V=SPF1 -all", "v=spf1 -all", "v=spf1 ~all", "v=spf1 ?all", "v=spf1 +all", "v=spf1 all",
        "v=spf1  a   mx  -all", "v=spf1 ALL", "v=spf1 -ALL", "v=spf1 A MX -all", "v=spf1 a", "v=spf1 a/24", "v=spf1 a//64",
        "v=spf1 a/24//64", "v=spf1 a/0", "v=spf1 a/32", "v=spf1 a//0", "v=spf1 a//128", "v=spf1 a:mail.acme.example",
        "v=spf1 a:mail.acme.example/28", "v=spf1 a:mail.acme.example//48", "v=spf1 a:mail.acme.example/28//48",
        "v=spf1 a:acme.example. -all", "v=spf1 mx", "v=spf1 mx/24", "v=spf1 mx:acme.example", "v=spf1 mx:acme.example/24//56 ~all",
        "v=spf1 ptr", "v=spf1 ptr:acme.example", "v=spf1 ip4:192.0.2.1", "v=spf1 ip4:192.0.2.0/24", "v=spf1 ip4:0.0.0.0/0",
        "v=spf1 ip4:255.255.255.255/32", "v=spf1 IP4:192.0.2.1", "v=spf1 ip6:2001:db8::1", "v=spf1 ip6:2001:db8::/32", "v=spf1 ip6:::1",
        "v=spf1 ip6:::", "v=spf1 ip6:::/0", "v=spf1 ip6:2001:db8:1:2:3:4:5:6/128", "v=spf1 ip6:::ffff:192.0.2.1",
        "v=spf1 ip6:64:ff9b::192.0.2.33/96", "v=spf1 ip6:2001:DB8::A", "v=spf1 include:_spf.acme.example",
        "v=spf1 ?include:_spf.acme.example -all", "v=spf1 exists:%{ir}._spf.acme.example", "v=spf1 exists:%{l1r+-}.%{d}",
        "v=spf1 exists:%{i}._spf.%{d2} -all", "v=spf1 include:%{d}", "v=spf1 a:%{d1r.}", "v=spf1 a:%{o}/24",
        "v=spf1 exists:%{S}.acme.example", "v=spf1 exists:x%%%_%-.acme.example", "v=spf1 include:acme.example%-",
        "v=spf1 exists:%{h}.%{v}.%{p}.acme.example", "v=spf1 a:%{d/}.acme.example/24", "v=spf1 v=spf1; -all",
        "v=spf1 exists:%{d10}.acme.example", "v=spf1 redirect=_spf.acme.example", "v=spf1 REDIRECT=_spf.acme.example",
        "v=spf1 mx redirect=%{d}", "v=spf1 -all exp=why.acme.example", "v=spf1 exp=why.acme.example -all",
        "v=spf1 redirect=a.acme.example exp=b.acme.example", "v=spf1 mx -all moo=%{c}%{r}%{t}",
        "v=spf1 x-unknown.one_two=anything -all", "v=spf1 ip4=192.0.2.1 -all", "v=spf1 default=deny", "v=spf1 u= -all",
        "v=spf1 a:_dmarc-x._spf.acme.example", "v=spf1 a:xn--bcher-kva.example", "v=spf1 a:acme.xn--p1ai", "v=spf1 a:1.2.3.4.a1",
        "v=spf1 a:foo:bar/baz.acme.example/24",
    ];

    /// <summary>Records that are void by one slip.</summary>
    public static TheoryData<string> Broken { get; } =
    [
        "", "spf1 -all", "v=spf2 -all", "v=spf10 -all", "v=spf1-all", "v=spf1\t-all", "v=spf1 -all\t", " v=spf1 -all", "v=spf1 -all;",
        "v=spf1 --all", "v=spf1 -", "v=spf1 all.", "v=spf1 all:acme.example", "v=spf1 all/8", "v=spf1 -a1", "v=spf1 a: -all",
        "v=spf1 a:/24", "v=spf1 a/", "v=spf1 a/33", "v=spf1 a/024", "v=spf1 a/-1", "v=spf1 a//129", "v=spf1 a//", "v=spf1 a/24/64",
        "v=spf1 a/24//064", "v=spf1 a//64/24", "v=spf1 a:localhost", "v=spf1 a:acme.example..", "v=spf1 a:acme.123",
        "v=spf1 a:192.0.2.1", "v=spf1 a:acme.-example", "v=spf1 a:acme.example-", "v=spf1 a:acme.ex_ample", "v=spf1 a:.",
        "v=spf1 mx: -all", "v=spf1 mx/33", "v=spf1 mx:localhost", "v=spf1 ptr: -all", "v=spf1 ptr/24", "v=spf1 ptr:acme", "v=spf1 ip4",
        "v=spf1 ip4:", "v=spf1 ip4/24", "v=spf1 ip4:192.0.2", "v=spf1 ip4:192.0.2.0.1", "v=spf1 ip4:192.0.2.256",
        "v=spf1 ip4:192.0.02.1", "v=spf1 ip4:192.0.2.1/33", "v=spf1 ip4:192.0.2.0/", "v=spf1 ip4:192.0.2.0/024",
        "v=spf1 ip4:192.0.2.0//24", "v=spf1 ip4:acme.example", "v=spf1 ip4:2001:db8::1", "v=spf1 ip4: 192.0.2.1",
        "v=spf1 ip4:192.0.2.1,192.0.2.2", "v=spf1 ip6", "v=spf1 ip6:", "v=spf1 ip6:192.0.2.1", "v=spf1 ip6:2001:db8",
        "v=spf1 ip6:2001:db8::1::2", "v=spf1 ip6:2001:db8::/129", "v=spf1 ip6:1:2:3:4:5:6:7:8:9", "v=spf1 ip6:1:2:3:4:5:6:7::8",
        "v=spf1 ip6:12345::", "v=spf1 ip6:fe80::1%eth0", "v=spf1 ip6:[2001:db8::1]", "v=spf1 ip6:2001:db8::g", "v=spf1 ip6:1.2.3.4::",
        "v=spf1 include", "v=spf1 include:", "v=spf1 include:localhost", "v=spf1 include:acme.example/24",
        "v=spf1 include: _spf.acme.example", "v=spf1 exists", "v=spf1 exists:", "v=spf1 exists:%{x}.acme.example", "v=spf1 exists:%{d",
        "v=spf1 exists:%d.acme.example", "v=spf1 exists:%{d0}.acme.example", "v=spf1 exists:%{dr1}.acme.example",
        "v=spf1 exists:%{d!}.acme.example", "v=spf1 exists:%{c}.acme.example", "v=spf1 exists:%", "v=spf1 exists:%{}.acme.example",
        "v=spf1 redirect=", "v=spf1 redirect", "v=spf1 redirect:acme.example", "v=spf1 redirect=localhost",
        "v=spf1 -redirect=acme.example", "v=spf1 redirect=a.acme.example redirect=b.acme.example", "v=spf1 exp= -all",
        "v=spf1 exp=a.acme.example exp=a.acme.example -all", "v=spf1 moo=%{x} -all", "v=spf1 moo=% -all", "v=spf1 1x=y -all",
        "v=spf1 include.acme.example", "v=spf1 ip:192.0.2.1", "v=spf1 ipv4:192.0.2.1", "v=spf1 mx;-all", "v=spf1 mx , -all",
        "v=spf1 +a:m\u00fcnchen.example -all", "v=spf1 \"a\" -all", "v=spf1 exists:%{d/}.acme.example/24", "v=spf1 =x",
    ];

    [Theory]
    [MemberData(nameof(Good))]
    public void A_record_by_the_grammar_holds(string text)
    {
        var (record, fault) = SpfRecord.Parse(text);
        Assert.Null(fault);
        Assert.NotNull(record);
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void One_slip_makes_a_record_void_and_the_sentence_says_where(string text)
    {
        var (record, fault) = SpfRecord.Parse(text);
        Assert.Null(record);
        Assert.EndsWith(".", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_record_says_is_read_as_it_stands()
    {
        var (record, _) = SpfRecord.Parse(
            "v=spf1 ip4:192.0.2.0/24 ~ip6:2001:db8::/32 ?a:%{d}/28//56 mx ip6:::ffff:198.51.100.0/120 -all "
            + "redirect=r.acme.example exp=e.acme.example");
        IpNumber.TryParse("192.0.2.0", out var v4);
        IpNumber.TryParse("2001:db8::", out var v6);
        IpNumber.TryParse("198.51.100.0", out var mapped);
        Assert.Equal(
            [
                new("ip4:192.0.2.0/24", SpfQualifier.Pass, SpfMechanism.Ip4, null, v4, 24),
                new("~ip6:2001:db8::/32", SpfQualifier.SoftFail, SpfMechanism.Ip6, null, v6, 32, 32),
                new("?a:%{d}/28//56", SpfQualifier.Neutral, SpfMechanism.A, "%{d}", null, 28, 56),
                new("mx", SpfQualifier.Pass, SpfMechanism.Mx),
                new("ip6:::ffff:198.51.100.0/120", SpfQualifier.Pass, SpfMechanism.Ip6, null, mapped, 24),
                new SpfDirective("-all", SpfQualifier.Fail, SpfMechanism.All),
            ],
            record!.Directives);
        Assert.Equal(("r.acme.example", "e.acme.example"), (record.Redirect, record.Explanation));
    }
}
