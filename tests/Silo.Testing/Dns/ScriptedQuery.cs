using System.Net;
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
}
