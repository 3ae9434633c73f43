using System.Net;

namespace Silo.Dns.Servers;

/// <summary>
/// Whom to ask first. That is the first of the list until it does not answer; then the next one, for all questions, until that one does
/// not answer. Thread-safe.
/// </summary>
internal sealed class NameServers(IReadOnlyList<IPEndPoint> servers, bool rotates, Chance chance)
{
    private int _preferred;

    public IReadOnlyList<IPEndPoint> All => servers;

    public int First() => rotates ? chance.Below(servers.Count) : Volatile.Read(ref _preferred);

    /// <summary>Many questions that were waiting for the same server move on by one together.</summary>
    public void DidNotAnswer(int index) => Interlocked.CompareExchange(ref _preferred, (index + 1) % servers.Count, index);

    public static NameServers Of(DnsClientOptions options, Chance chance)
    {
        if (options.Servers.Count > 0) return new NameServers(options.Servers, options.RotatesServers, chance);
        var system = ResolvConf.Read(options.ResolverFile);
        return new NameServers(system.Servers, options.RotatesServers || system.Rotates, chance);
    }
}
