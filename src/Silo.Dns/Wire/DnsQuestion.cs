namespace Silo.Dns.Wire;

/// <param name="Name">In the form of <see cref="DomainName.Normalize"/>.</param>
/// <param name="Type">Of the class IN, as all that is asked here.</param>
internal readonly record struct DnsQuestion(string Name, DnsRecordType Type);
