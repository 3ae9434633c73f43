using System.Net.Sockets;
using Silo.Dns.Wire;

namespace Silo.Dns.Answers;

/// <summary>
/// Takes from a response what answers the question: the records of the asked name and of those that it is an alias of. Whatever else a
/// server adds is not looked at, so it cannot say anything about other names. Pure.
/// </summary>
internal static class ResponseJudge
{
    public static Finding Judge(DnsRecordType type, AliasChain chain, Response response)
    {
        if (response.Code is not (ResponseCode.NoError or ResponseCode.NameError))
            return Unusable(chain, $"answered {TextOf(response.Code)}");
        var before = chain.Names.Length;
        while (true)
        {
            var records = response.Answers.Where(r => r.Name == chain.Last && IsOf(r, type)).ToList();
            if (records.Count > 0) return Found(chain, response, records);
            var aliases = response.Answers.OfType<NameRecord>().Where(r => r.Type == DnsRecordType.Cname && r.Name == chain.Last).ToList();
            if (aliases.Count == 0) break;
            if (aliases.Any(a => a.Target != aliases[0].Target))
                return Unusable(chain, $"says that {chain.Last} is an alias of several names");
            var shortest = aliases.MinBy(a => a.TimeToLive)!;
            if (chain.With(shortest, out var reason) is not { } longer) return Unusable(chain, $"says that {reason}");
            chain = longer;
        }

        var followed = chain.Names.Length > before;
        return followed || response.Answers.Count == 0
            ? NotFound(chain, response, followed)
            : Unusable(chain, "answers something else than it was asked");
    }

    private static Finding Found(AliasChain chain, Response response, List<DnsRecord> records)
    {
        if (response.Code == ResponseCode.NameError) return Unusable(chain, $"says that {chain.Last} does not exist, and what it has");
        // One set has one time to live; servers that say otherwise mean the shortest (RFC 2181 5.2).
        var shortest = records.Min(r => r.TimeToLive);
        return new Finding(FindingKind.Found, chain, AliasChain.Shorter(chain.TimeToLive, shortest)) { Records = records };
    }

    // The code is about the last name of the chain (RFC 6604 3).
    private static Finding NotFound(AliasChain chain, Response response, bool followed)
    {
        var authority = response.Authority.OfType<SoaRecord>().FirstOrDefault(s => DomainName.IsWithin(chain.Last, s.Name));
        TimeSpan? known = authority is null
            ? null
            : AliasChain.Shorter(chain.TimeToLive, AliasChain.Shorter(authority.TimeToLive, authority.Minimum));
        if (response.Code == ResponseCode.NameError) return new Finding(FindingKind.NameNotFound, chain, known);
        if (authority is not null) return new Finding(FindingKind.NoData, chain, known);
        // The alias leads out of what this server knows.
        if (followed) return new Finding(FindingKind.GoesOn, chain, null);
        // Without a SOA, servers of others' names are a referral: it does not ask for us (RFC 2308 2.2).
        return response.Authority.Any(r => r is NameRecord { Type: DnsRecordType.Ns }) && !response.IsAuthoritative
            ? Unusable(chain, "refers to other servers instead of asking them")
            : new Finding(FindingKind.NoData, chain, null);
    }

    private static bool IsOf(DnsRecord record, DnsRecordType type) => record switch
    {
        AddressRecord { Address.AddressFamily: AddressFamily.InterNetwork } => type == DnsRecordType.A,
        AddressRecord => type == DnsRecordType.Aaaa,
        MxRecord => type == DnsRecordType.Mx,
        TextRecord => type == DnsRecordType.Txt,
        SoaRecord => type == DnsRecordType.Soa,
        NameRecord name => type == name.Type,
        _ => false,
    };

    private static string TextOf(ResponseCode code) => code switch
    {
        ResponseCode.FormatError => "FORMERR",
        ResponseCode.ServerFailure => "SERVFAIL",
        ResponseCode.NotImplemented => "NOTIMP",
        ResponseCode.Refused => "REFUSED",
        ResponseCode.BadVersion => "BADVERS",
        _ => $"code {(int)code}",
    };

    private static Finding Unusable(AliasChain chain, string reason) => new(FindingKind.Unusable, chain, null) { Reason = reason };
}
