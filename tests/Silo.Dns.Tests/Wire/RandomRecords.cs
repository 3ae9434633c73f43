using System.Net;

namespace Silo.Dns.Tests.Wire;

/// <summary>Records by a seed, over few names so that they share their ends.</summary>
internal sealed class RandomRecords(Random random)
{
    private static readonly string[] Labels =
        ["a", "mx", "example", "org", "xn--bcher-kva", "_dmarc", @"\000\.\\", new('l', 63), @"m\032x"];

    public IReadOnlyList<DnsRecord> Next(int atMost) => [.. Enumerable.Range(0, random.Next(atMost + 1)).Select(_ => Record())];

    public string Name()
    {
        var labels = Enumerable.Range(0, random.Next(5)).Select(_ => Labels[random.Next(Labels.Length)]).ToList();
        return string.Join('.', labels);
    }

    private DnsRecord Record() => random.Next(7) switch
    {
        0 => new AddressRecord(Name(), Time(), new IPAddress(Bytes(4))),
        1 => new AddressRecord(Name(), Time(), new IPAddress(Bytes(16))),
        2 => new MxRecord(Name(), Time(), random.Next(65536), Name()),
        3 => new TextRecord(Name(), Time(), Text()),
        4 => new SoaRecord(Name(), Time(), Name(), Name(), (uint)random.NextInt64(1L << 32), Time(), Time(), Time(), Time()),
        var other => new NameRecord(
            Name(), Time(), other == 5 ? DnsRecordType.Cname : random.Next(2) == 0 ? DnsRecordType.Ns : DnsRecordType.Ptr, Name()),
    };

    private string Text() => string.Concat(Enumerable.Range(0, random.Next(600)).Select(_ => random.Next(10) == 0 ? "ü" : "t"));

    private TimeSpan Time() => TimeSpan.FromSeconds(random.NextInt64(1L << 31));

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
