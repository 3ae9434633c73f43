using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Silo.Dns.Wire;

/// <param name="Name">The owner.</param>
/// <param name="Type">Of any type.</param>
/// <param name="Class">Of any class.</param>
/// <param name="RawTimeToLive">The field as it came: OPT has other things in it.</param>
/// <param name="Start">Of the data in the message.</param>
/// <param name="End">Behind the data.</param>
internal readonly record struct RecordHead(string Name, ushort Type, ushort Class, uint RawTimeToLive, int Start, int End)
{
    public TimeSpan TimeToLive => RecordReader.Seconds(RawTimeToLive);
}

/// <summary>
/// Reads records (RFC 1035 3.2.1, 3.3). The data must fill their length to the byte, so a name that runs beyond them is found out, too.
/// </summary>
internal static class RecordReader
{
    public const ushort ClassInternet = 1;
    public const ushort TypeOptions = 41;

    public static bool TryReadHead(ReadOnlySpan<byte> message, ref int offset, out RecordHead head)
    {
        head = default;
        if (!DomainName.TryRead(message, ref offset, out var name) || offset + 10 > message.Length) return false;
        var fields = message[offset..];
        var start = offset + 10;
        var end = start + BinaryPrimitives.ReadUInt16BigEndian(fields[8..]);
        if (end > message.Length) return false;
        head = new RecordHead(
            name, BinaryPrimitives.ReadUInt16BigEndian(fields), BinaryPrimitives.ReadUInt16BigEndian(fields[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(fields[4..]), start, end);
        offset = end;
        return true;
    }

    /// <summary>False when the data break their format. A record of another type or class is null.</summary>
    public static bool TryReadBody(ReadOnlySpan<byte> message, RecordHead head, out DnsRecord? record)
    {
        record = null;
        if (head.Class != ClassInternet) return true;
        var type = (DnsRecordType)head.Type;
        switch (type)
        {
            case DnsRecordType.A or DnsRecordType.Aaaa:
                if (head.End - head.Start != (type == DnsRecordType.A ? 4 : 16)) return false;
                record = new AddressRecord(head.Name, head.TimeToLive, new IPAddress(message[head.Start..head.End]));
                return true;
            case DnsRecordType.Mx:
                var exchange = head.Start + 2;
                if (exchange >= head.End || !DomainName.TryRead(message, ref exchange, out var host) || exchange != head.End) return false;
                record = new MxRecord(head.Name, head.TimeToLive, BinaryPrimitives.ReadUInt16BigEndian(message[head.Start..]), host);
                return true;
            case DnsRecordType.Txt:
                return TryReadText(message[head.Start..head.End], head, out record);
            case DnsRecordType.Ns or DnsRecordType.Cname or DnsRecordType.Ptr:
                var target = head.Start;
                if (!DomainName.TryRead(message, ref target, out var name) || target != head.End) return false;
                record = new NameRecord(head.Name, head.TimeToLive, type, name);
                return true;
            case DnsRecordType.Soa:
                return TryReadSoa(message, head, out record);
            default:
                return true;
        }
    }

    /// <summary>A number with the highest bit set counts as 0 (RFC 2181 8).</summary>
    public static TimeSpan Seconds(uint value) => value > int.MaxValue ? TimeSpan.Zero : TimeSpan.FromSeconds((long)value);

    private static bool TryReadSoa(ReadOnlySpan<byte> message, RecordHead head, out DnsRecord? record)
    {
        record = null;
        var offset = head.Start;
        if (!DomainName.TryRead(message, ref offset, out var primary) || !DomainName.TryRead(message, ref offset, out var responsible)
            || head.End - offset != 20)
            return false;
        var numbers = message[offset..];
        record = new SoaRecord(
            head.Name, head.TimeToLive, primary, responsible, BinaryPrimitives.ReadUInt32BigEndian(numbers), SecondsAt(numbers, 4),
            SecondsAt(numbers, 8), SecondsAt(numbers, 12), SecondsAt(numbers, 16));
        return true;
    }

    private static TimeSpan SecondsAt(ReadOnlySpan<byte> numbers, int at) => Seconds(BinaryPrimitives.ReadUInt32BigEndian(numbers[at..]));

    private static bool TryReadText(ReadOnlySpan<byte> data, RecordHead head, out DnsRecord? record)
    {
        record = null;
        if (data.IsEmpty) return false;
        var joined = new byte[data.Length];
        var length = 0;
        while (!data.IsEmpty)
        {
            var piece = data[0];
            if (piece >= data.Length) return false;
            data.Slice(1, piece).CopyTo(joined.AsSpan(length));
            length += piece;
            data = data[(piece + 1)..];
        }

        record = new TextRecord(head.Name, head.TimeToLive, TextOf(joined.AsSpan(0, length)));
        return true;
    }

    private static string TextOf(ReadOnlySpan<byte> bytes) =>
        System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes);
}
