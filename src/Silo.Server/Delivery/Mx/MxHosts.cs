using System.Net;
using Silo.Dns;

namespace Silo.Server.Delivery.Mx;

/// <summary>What a domain's MX records say; a closed set.</summary>
internal enum MxHostsKind
{
    /// <summary>There are hosts to be tried.</summary>
    Hosts,

    /// <summary>The domain accepts no mail (RFC 7505).</summary>
    NullMx,

    /// <summary>The best host is one of ours: the mail would come back to us.</summary>
    Ours,

    /// <summary>Records, but none that names a host.</summary>
    NoHost,
}

/// <summary>A domain's mail hosts in the order in which they are tried.</summary>
internal sealed record MxHosts(MxHostsKind Kind, IReadOnlyList<string> InOrder)
{
    /// <summary>
    /// RFC 5321 5.1: by preference, equal ones shuffled. Where one of our own names stands among them, it and all that are not better
    /// are left out. An exchange that is an address rather than a name is no host (RFC 5321 5.1, RFC 1035 3.3.9); one that is an alias
    /// is taken, as everybody does.
    /// </summary>
    /// <param name="isOurs">Whether a name is one that we give ourselves in EHLO.</param>
    /// <param name="random">For the shuffle.</param>
    /// <param name="most">Hosts beyond it are left out.</param>
    public static MxHosts From(IEnumerable<MxRecord> records, Func<string, bool> isOurs, Random random, int most)
    {
        var all = records.ToArray();
        // Beside other records a null MX means nothing (RFC 7505 3).
        if (all.Length > 0 && all.All(r => r.Exchange.Length == 0)) return new MxHosts(MxHostsKind.NullMx, []);
        var named = all.Where(r => r.Exchange.Length > 0 && !IPAddress.TryParse(r.Exchange, out _)).ToArray();
        if (named.Length == 0) return new MxHosts(MxHostsKind.NoHost, []);

        var ours = named.Where(r => isOurs(r.Exchange)).Select(r => r.Preference).DefaultIfEmpty(int.MaxValue).Min();
        var better = named.Where(r => r.Preference < ours).ToArray();
        if (better.Length == 0) return new MxHosts(MxHostsKind.Ours, []);
        random.Shuffle(better);
        // OrderBy keeps the shuffled order of equals.
        return new MxHosts(MxHostsKind.Hosts,
            [.. better.OrderBy(r => r.Preference).Select(r => r.Exchange).Distinct(StringComparer.OrdinalIgnoreCase).Take(most)]);
    }
}
