namespace Silo.Dns;

/// <summary>The types that can be asked for, by their numbers (RFC 1035 3.2.2, RFC 3596 2.1).</summary>
public enum DnsRecordType : ushort
{
    A = 1,
    Ns = 2,
    Cname = 5,
    Soa = 6,
    Ptr = 12,
    Mx = 15,
    Txt = 16,
    Aaaa = 28,
}
