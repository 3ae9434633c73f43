using System.Net;
using System.Text;
using Silo.Dns;

namespace Silo.Testing.Dns;

/// <summary>A question as it came to a <see cref="ScriptedDnsServer"/>.</summary>
/// <param name="Name">As it was sent, without the final dot.</param>
/// <param name="Type">Any number is possible.</param>
/// <param name="OverTcp">False over UDP.</param>
/// <param name="From">The client's address and source port.</param>
/// <param name="Message">The whole of it.</param>
public sealed record ScriptedQuery(string Name, DnsRecordType Type, bool OverTcp, IPEndPoint From, byte[] Message)
{
    public ushort Id => (ushort)(Message[0] << 8 | Message[1]);

    /// <summary>Bits of the header behind the id: RD is 0x0100, AD 0x0020.</summary>
    public int Flags => Message[2] << 8 | Message[3];

    /// <summary>The UDP payload of its OPT record (RFC 6891); null without one.</summary>
    public int? UdpPayload => Message[11] == 0 ? null : Message[^8] << 8 | Message[^7];

    /// <summary>Null when the message is no question.</summary>
    internal static ScriptedQuery? Read(byte[] message, bool overTcp, IPEndPoint from)
    {
        if (message.Length < 17 || (message[2] & 0x80) != 0 || message[5] != 1) return null;
        var labels = new List<string>();
        var at = 12;
        for (; message[at] != 0; at += message[at] + 1)
        {
            if (message[at] > 63 || at + message[at] + 6 > message.Length) return null;
            labels.Add(Encoding.Latin1.GetString(message, at + 1, message[at]));
        }

        return new ScriptedQuery(string.Join('.', labels), (DnsRecordType)(message[at + 1] << 8 | message[at + 2]), overTcp, from, message);
    }
}
