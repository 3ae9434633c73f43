using System.Net;

namespace Silo.Dns;

/// <summary>
/// A record of an answer. Names are lower case, without the final dot; "" is the root. A byte that cannot stand in a host name is
/// written as RFC 1035 5.1 has it (<c>\.</c> or <c>\032</c>), so such a name is never taken for another.
/// </summary>
/// <param name="Name">The owner: the end of the chain of aliases when the asked name is one.</param>
/// <param name="TimeToLive">As the server gave it, 0 s to 68 years; one above that counts as 0 s (RFC 2181 8).</param>
public abstract record DnsRecord(string Name, TimeSpan TimeToLive);

/// <summary>A (RFC 1035 3.4.1) or AAAA (RFC 3596 2.2), as the address's family says.</summary>
public sealed record AddressRecord(string Name, TimeSpan TimeToLive, IPAddress Address) : DnsRecord(Name, TimeToLive);

/// <summary>A mail exchanger (RFC 1035 3.3.9).</summary>
/// <param name="Name">The owner.</param>
/// <param name="TimeToLive">See <see cref="DnsRecord"/>.</param>
/// <param name="Preference">0 to 65,535, the lowest first.</param>
/// <param name="Exchange">"" for the root: with preference 0 and no other record a null MX (RFC 7505).</param>
public sealed record MxRecord(string Name, TimeSpan TimeToLive, int Preference, string Exchange) : DnsRecord(Name, TimeToLive);

/// <summary>TXT (RFC 1035 3.3.14).</summary>
/// <param name="Name">The owner.</param>
/// <param name="TimeToLive">See <see cref="DnsRecord"/>.</param>
/// <param name="Text">The strings of one record, joined with nothing in between (RFC 7208 3.3). UTF-8; Latin-1 when it is not.</param>
public sealed record TextRecord(string Name, TimeSpan TimeToLive, string Text) : DnsRecord(Name, TimeToLive);

/// <summary>NS, CNAME or PTR: a record that names a name.</summary>
public sealed record NameRecord(string Name, TimeSpan TimeToLive, DnsRecordType Type, string Target) : DnsRecord(Name, TimeToLive);

/// <summary>The start of a zone of authority (RFC 1035 3.3.13).</summary>
/// <param name="Name">The zone.</param>
/// <param name="TimeToLive">See <see cref="DnsRecord"/>.</param>
/// <param name="PrimaryServer">MNAME.</param>
/// <param name="Responsible">RNAME: a mailbox written as a name.</param>
/// <param name="Serial">Of this version of the zone.</param>
/// <param name="Refresh">Between a secondary's questions.</param>
/// <param name="Retry">Before it asks again after a failure.</param>
/// <param name="Expire">After which it gives up the zone.</param>
/// <param name="Minimum">How long it is known that something does not exist (RFC 2308 4).</param>
public sealed record SoaRecord(
    string Name, TimeSpan TimeToLive, string PrimaryServer, string Responsible, uint Serial, TimeSpan Refresh, TimeSpan Retry,
    TimeSpan Expire, TimeSpan Minimum) : DnsRecord(Name, TimeToLive);
