using System.Net.Sockets;
using System.Text;
using Silo.Dns;

namespace Silo.Testing.Dns;

/// <summary>
/// Messages of RFC 1035 for tests, written apart from the client's reader so that the two cannot share a mistake. Names may hold the
/// escapes <c>\.</c> and <c>\032</c>.
/// </summary>
/// <param name="compresses">Whether a name is a pointer where it or its end was written before.</param>
public sealed class PacketWriter(bool compresses = true)
{
    private readonly List<byte> _bytes = [];
    private readonly Dictionary<string, int> _written = [];

    public int Length => _bytes.Count;

    public byte[] ToArray() => [.. _bytes];

    public PacketWriter Header(int id, int flags, int questions, int answers, int authority, int additional) =>
        Number(id).Number(flags).Number(questions).Number(answers).Number(authority).Number(additional);

    public PacketWriter Question(string name, DnsRecordType type, int @class = 1) => Name(name).Number((int)type).Number(@class);

    public PacketWriter Record(DnsRecord record)
    {
        var type = record switch
        {
            AddressRecord address => address.Address.AddressFamily == AddressFamily.InterNetwork ? DnsRecordType.A : DnsRecordType.Aaaa,
            MxRecord => DnsRecordType.Mx,
            TextRecord => DnsRecordType.Txt,
            NameRecord name => name.Type,
            SoaRecord => DnsRecordType.Soa,
            _ => throw new ArgumentException(record.ToString()),
        };
        return Record(record.Name, (int)type, 1, (uint)record.TimeToLive.TotalSeconds, () => Data(record));
    }

    public PacketWriter Record(string name, int type, int @class, uint timeToLive, Action data)
    {
        Name(name).Number(type).Number(@class).Long(timeToLive).Number(0);
        var start = Length;
        data();
        var length = Length - start;
        (_bytes[start - 2], _bytes[start - 1]) = ((byte)(length >> 8), (byte)length);
        return this;
    }

    /// <summary>The extensions' record (RFC 6891) with the upper bits of a code.</summary>
    public PacketWriter Options(int payload, int code = 0) => Record("", 41, payload, (uint)(code >> 4) << 24, () => { });

    public PacketWriter Name(string name)
    {
        var labels = LabelsOf(name);
        for (var i = 0; i < labels.Count; i++)
        {
            // In hexadecimal no byte of a label is taken for a dot.
            var rest = string.Join('.', labels.Skip(i).Select(label => Convert.ToHexString(label)));
            if (compresses && _written.TryGetValue(rest, out var at)) return Number(0xC000 | at);
            if (Length < 0x4000) _written.TryAdd(rest, Length);
            _bytes.Add((byte)labels[i].Length);
            _bytes.AddRange(labels[i]);
        }

        _bytes.Add(0);
        return this;
    }

    public PacketWriter Number(int value)
    {
        _bytes.Add((byte)(value >> 8));
        _bytes.Add((byte)value);
        return this;
    }

    public PacketWriter Long(uint value) => Number((int)(value >> 16)).Number((int)(value & 0xFFFF));

    public PacketWriter Bytes(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    private static List<byte[]> LabelsOf(string name)
    {
        var labels = new List<byte[]>();
        var label = new List<byte>();
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] == '.')
            {
                labels.Add([.. label]);
                label.Clear();
            }
            else if (name[i] != '\\')
            {
                label.Add((byte)name[i]);
            }
            else if (char.IsAsciiDigit(name[i + 1]))
            {
                label.Add((byte)int.Parse(name.AsSpan(i + 1, 3), System.Globalization.CultureInfo.InvariantCulture));
                i += 3;
            }
            else
            {
                label.Add((byte)name[++i]);
            }
        }

        if (label.Count > 0) labels.Add([.. label]);
        return labels;
    }

    private void Data(DnsRecord record)
    {
        switch (record)
        {
            case AddressRecord address:
                Bytes(address.Address.GetAddressBytes());
                break;
            case MxRecord mx:
                Number(mx.Preference).Name(mx.Exchange);
                break;
            case NameRecord name:
                Name(name.Target);
                break;
            case TextRecord text:
                foreach (var piece in Encoding.UTF8.GetBytes(text.Text).Chunk(255).DefaultIfEmpty([]))
                    Bytes([(byte)piece.Length, .. piece]);
                break;
            case SoaRecord soa:
                Name(soa.PrimaryServer).Name(soa.Responsible).Long(soa.Serial);
                foreach (var time in (TimeSpan[])[soa.Refresh, soa.Retry, soa.Expire, soa.Minimum]) Long((uint)time.TotalSeconds);
                break;
        }
    }
}
