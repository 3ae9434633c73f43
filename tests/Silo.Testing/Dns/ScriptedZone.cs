using System.Collections.Concurrent;
using System.Net.Sockets;
using Silo.Dns;

namespace Silo.Testing.Dns;

/// <summary>What a <see cref="ScriptedDnsServer"/> knows: an answer for every question, as a resolver has it.</summary>
internal sealed class ScriptedZone
{
    private readonly ConcurrentDictionary<string, DnsRecord[]> _records = new(StringComparer.OrdinalIgnoreCase);

    public void Add(DnsRecord record) => _records.AddOrUpdate(record.Name, [record], (_, known) => [.. known, record]);

    public void Remove(string name) => _records.TryRemove(name, out _);

    public ScriptedReply Answer(string name, DnsRecordType type, TimeSpan negative)
    {
        var answers = new List<DnsRecord>();
        for (var current = name; answers.Count <= 16;)
        {
            if (!_records.TryGetValue(current, out var records)) return Negative(current, 3);
            answers.AddRange(records.Where(r => TypeOf(r) == type));
            if (answers.Any(a => TypeOf(a) == type)) break;
            var alias = records.OfType<NameRecord>().FirstOrDefault(r => r.Type == DnsRecordType.Cname);
            if (alias is null) return Negative(current, 0);
            answers.Add(alias);
            current = alias.Target;
        }

        return new ScriptedReply { Answers = answers };

        ScriptedReply Negative(string at, int code) => new() { Code = code, Answers = answers, Authority = [Soa(at, negative)] };
    }

    private static SoaRecord Soa(string name, TimeSpan negative) => new(
        name[(name.LastIndexOf('.') + 1)..], negative, "ns.test", "hostmaster.test", 1, TimeSpan.FromHours(1), TimeSpan.FromMinutes(10),
        TimeSpan.FromDays(7), negative);

    private static DnsRecordType TypeOf(DnsRecord record) => record switch
    {
        AddressRecord { Address.AddressFamily: AddressFamily.InterNetwork } => DnsRecordType.A,
        AddressRecord => DnsRecordType.Aaaa,
        MxRecord => DnsRecordType.Mx,
        TextRecord => DnsRecordType.Txt,
        NameRecord name => name.Type,
        _ => DnsRecordType.Soa,
    };
}
