using Silo.Testing.Dns;
using Xunit;

namespace Silo.Dns.Tests;

/// <summary>Against Debian's NSD.</summary>
public class RealServerTests
{
    private static readonly Dictionary<string, string> Zones = new()
    {
        ["silo.test"] = $"""
            $ORIGIN silo.test.
            $TTL 3600
            @       IN SOA  ns hostmaster 2026112201 7200 900 1209600 300
            @       IN NS   ns
            ns      IN A    127.0.0.1
            ns      IN AAAA ::1
            @       IN MX   10 mx1
            @       IN MX   10 mx2
            @       IN MX   20 mx.elsewhere.test.
            mx1 60  IN A    192.0.2.1
            mx1 60  IN A    192.0.2.2
            nomail  IN MX   0 .
            www     IN CNAME web
            web     IN A    192.0.2.80
            away    IN CNAME here.elsewhere.test.
            lost    IN CNAME nowhere
            spf     IN TXT  "v=spf1 ip4:192.0.2.0/24" " -all"
            utf     IN TXT  "gr\195\188n \"quoted\" \\"
            long    IN TXT  {string.Join(' ', Enumerable.Range(0, 40).Select(i => $"\"{new string((char)('a' + i % 26), 250)}\""))}
            1       IN PTR  mx1
            *.wild  IN A    192.0.2.99
            {string.Join('\n', Enumerable.Range(0, 200).Select(i => $"many IN MX {i} host-with-a-long-name-{i}"))}
            """,
        ["elsewhere.test"] = """
            $ORIGIN elsewhere.test.
            @ 3600 IN SOA ns hostmaster 1 7200 900 1209600 30
            @ 3600 IN NS ns
            ns 3600 IN A 127.0.0.1
            here 120 IN A 192.0.2.50
            """,
    };

    [NsdFact]
    public async Task A_real_server_answers_every_kind_of_question()
    {
        await using var server = await NsdServer.Start(Zones);
        var options = new DnsClientOptions { Servers = [server.EndPoint], Timeout = TimeSpan.FromSeconds(10) };
        await using var client = new DnsClient(options, TimeProvider.System, new UnpredictableRandom());

        var mx = await Ask("SILO.test.", DnsRecordType.Mx);
        Assert.Equal(
            [(10, "mx1.silo.test"), (10, "mx2.silo.test"), (20, "mx.elsewhere.test")],
            mx.Records.Cast<MxRecord>().Select(r => (r.Preference, r.Exchange)).Order());
        var addresses = await Ask("mx1.silo.test", DnsRecordType.A);
        Assert.Equal(["192.0.2.1", "192.0.2.2"], addresses.Records.Cast<AddressRecord>().Select(r => r.Address.ToString()).Order());
        Assert.All(addresses.Records, r => Assert.Equal(TimeSpan.FromMinutes(1), r.TimeToLive));
        Assert.Equal("::1", Scene.AddressOf(await Ask("ns.silo.test", DnsRecordType.Aaaa)));
        var none = (MxRecord)(await Ask("nomail.silo.test", DnsRecordType.Mx)).Records.Single();
        Assert.Equal(("", 0), (none.Exchange, none.Preference));
        Assert.Equal("192.0.2.80", Scene.AddressOf(await Ask("www.silo.test", DnsRecordType.A)));
        Assert.Equal("192.0.2.50", Scene.AddressOf(await Ask("away.silo.test", DnsRecordType.A)));
        Assert.Equal("192.0.2.99", Scene.AddressOf(await Ask("any.thing.wild.silo.test", DnsRecordType.A)));
        Assert.Equal("v=spf1 ip4:192.0.2.0/24 -all", TextOf(await Ask("spf.silo.test", DnsRecordType.Txt)));
        Assert.Equal("grün \"quoted\" \\", TextOf(await Ask("utf.silo.test", DnsRecordType.Txt)));
        Assert.Equal("mx1.silo.test", ((NameRecord)(await Ask("1.silo.test", DnsRecordType.Ptr)).Records.Single()).Target);
        Assert.Equal("ns.silo.test", ((NameRecord)(await Ask("silo.test", DnsRecordType.Ns)).Records.Single()).Target);
        var soa = (SoaRecord)(await Ask("silo.test", DnsRecordType.Soa)).Records.Single();
        Assert.Equal(("hostmaster.silo.test", 2026112201u, TimeSpan.FromDays(14)), (soa.Responsible, soa.Serial, soa.Expire));
        // Both are too large for UDP.
        Assert.Equal(10_000, TextOf(await Ask("long.silo.test", DnsRecordType.Txt)).Length);
        var many = (await Ask("many.silo.test", DnsRecordType.Mx)).Records.Cast<MxRecord>();
        Assert.Equal(Enumerable.Range(0, 200), many.Select(r => r.Preference).Order());

        Task<DnsAnswer> Ask(string name, DnsRecordType type) => client.Query(name, type, default).AsTask();
    }

    [NsdFact]
    public async Task A_real_server_says_what_is_not_there_and_for_how_long()
    {
        await using var server = await NsdServer.Start(Zones);
        var options = new DnsClientOptions { Servers = [server.EndPoint], Timeout = TimeSpan.FromSeconds(10) };
        var time = new Silo.Testing.HostileTimeProvider();
        await using var client = new DnsClient(options, time, new UnpredictableRandom());

        var missing = await client.Query("nobody.silo.test", DnsRecordType.Mx, default);
        Assert.Equal((DnsAnswerKind.NameNotFound, time.GetUtcNow() + TimeSpan.FromMinutes(5)), (missing.Kind, missing.ValidUntil));
        var lost = await client.Query("lost.silo.test", DnsRecordType.A, default);
        Assert.Equal(DnsAnswerKind.NameNotFound, lost.Kind);
        Assert.Equal("nowhere.silo.test, which lost.silo.test is an alias of, does not exist", lost.Detail);
        var empty = await client.Query("mx1.silo.test", DnsRecordType.Aaaa, default);
        Assert.Equal((DnsAnswerKind.NoData, "mx1.silo.test has no AAAA record"), (empty.Kind, empty.Detail));
        Assert.Equal(time.GetUtcNow() + TimeSpan.FromMinutes(5), empty.ValidUntil);
        // It serves no such zone.
        var refused = await client.Query("example.org", DnsRecordType.A, default);
        Assert.Equal((DnsAnswerKind.ServerFailure, $"{server.EndPoint} answered REFUSED"), (refused.Kind, refused.Detail));
    }

    private static string TextOf(DnsAnswer answer) => ((TextRecord)answer.Records.Single()).Text;
}
