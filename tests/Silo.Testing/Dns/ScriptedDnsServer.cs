using System.Net;
using Silo.Dns;

namespace Silo.Testing.Dns;

/// <summary>
/// A name server on loopback, UDP and TCP on one port, that answers from records and lies as told. A name without any record does not
/// exist (NXDOMAIN), one without a record of the asked type has no data; both come with the zone's SOA. An alias is followed.
/// </summary>
public sealed class ScriptedDnsServer : IAsyncDisposable
{
    public IPEndPoint EndPoint { get; } = new(IPAddress.Loopback, 0);

    /// <summary>Questions in the order of their arrival.</summary>
    public IReadOnlyList<ScriptedQuery> Asked => [];

    /// <summary>Of the SOA in negative answers: how long it is known that something does not exist. Default 5 min.</summary>
    public TimeSpan NegativeTimeToLive { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Adds to the records.</summary>
    public ScriptedDnsServer Add(params DnsRecord[] records) => this;

    /// <summary>Adds an A or AAAA record that lives 5 minutes.</summary>
    public ScriptedDnsServer AddAddress(string name, string address) => this;

    /// <summary>Adds an MX record that lives 5 minutes.</summary>
    public ScriptedDnsServer AddMx(string name, int preference, string exchange) => this;

    public ScriptedDnsServer AddText(string name, string text) => this;

    public ScriptedDnsServer AddAlias(string name, string target) => this;

    /// <summary>Removes all records of a name, and what was programmed for it.</summary>
    public void Remove(string name)
    {
    }

    /// <summary>Sends these, one after the other, whenever the name is asked for; none: it is never answered.</summary>
    public ScriptedDnsServer Reply(string name, params ScriptedReply[] replies) => this;

    /// <summary>Asks the test what to send; null: what the records say.</summary>
    public ScriptedDnsServer Reply(Func<ScriptedQuery, IReadOnlyList<ScriptedReply>?> program) => this;

    /// <summary>The next question that comes, whether or not it is answered. In the order of arrival; each is returned once.</summary>
    public Task<ScriptedQuery> NextQuery(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
