using System.Net;

namespace Silo.Dns.Servers;

/// <summary>
/// What counts of resolv.conf(5): nameserver lines and the option rotate. Search lists do not, since every name that is asked for here is
/// a whole one; timeouts and tries are the client's own.
/// </summary>
/// <param name="Servers">In the order of the file, at most <see cref="MaxServers"/>; never empty.</param>
/// <param name="Rotates">The last word of the file on it.</param>
internal sealed record ResolvConf(IReadOnlyList<IPEndPoint> Servers, bool Rotates)
{
    /// <summary>The C library takes three.</summary>
    public const int MaxServers = 16;

    private const int Port = 53;
    private const int MaxCharacters = 64 * 1024;

    public static ResolvConf Read(string path)
    {
        try
        {
            using var file = new StreamReader(path);
            var text = new char[MaxCharacters];
            return Parse(new string(text, 0, file.ReadBlock(text)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Parse("");
        }
    }

    public static ResolvConf Parse(string text)
    {
        var servers = new List<IPEndPoint>();
        var rotates = false;
        foreach (var line in text.Split('\n'))
        {
            // A comment is one only at the start of a line.
            if (line.StartsWith('#') || line.StartsWith(';')) continue;
            var words = line.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words is ["nameserver", var address, ..] && servers.Count < MaxServers && IPAddress.TryParse(address, out var parsed))
                servers.Add(new IPEndPoint(parsed, Port));
            if (words is ["options", .. var options] && options.Contains("rotate")) rotates = true;
        }

        if (servers.Count == 0) servers.Add(new IPEndPoint(IPAddress.Loopback, Port));
        return new ResolvConf(servers, rotates);
    }
}
