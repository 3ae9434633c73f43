using System.ComponentModel.DataAnnotations;
using System.Net;
using Silo.Dns;

namespace Silo.Server.Hosting;

/// <summary>Section <c>Silo:Dns</c>: the name servers that this server asks.</summary>
public sealed class DnsOptions
{
    public const string Section = "Silo:Dns";

    private const int DefaultPort = 53;

    /// <summary>Recursive name servers as address or address:port, at most 16. Default none: those of /etc/resolv.conf.</summary>
    [MaxLength(16)]
    public List<string> Servers { get; set; } = [];

    /// <summary>How long one try waits, 100 ms to 1 min. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Tries for one question, over the servers: 1 to 16. Default 3.</summary>
    [Range(1, 16)]
    public int Tries { get; set; } = 3;

    internal IEnumerable<string> Errors() =>
        Servers.Where(s => EndPointOf(s) is null).Select(s => $"{Section}:Servers: {s} is neither an IP address nor address:port.");

    internal DnsClientOptions ToClientOptions() => new()
    {
        Servers = [.. Servers.Select(s => EndPointOf(s)!)],
        Timeout = Timeout,
        Tries = Tries,
        // Mail to a domain that is missing is tried again after ten minutes, and then name servers are to be asked anew.
        NegativeMax = TimeSpan.FromMinutes(5),
    };

    private static IPEndPoint? EndPointOf(string text) => IPAddress.TryParse(text, out var address) ? new IPEndPoint(address, DefaultPort)
        : IPEndPoint.TryParse(text, out var endPoint) && endPoint.Port > 0 ? endPoint : null;
}
