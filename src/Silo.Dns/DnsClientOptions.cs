using System.Net;

namespace Silo.Dns;

/// <summary>Whom the client asks, how patiently, and what it remembers.</summary>
public sealed record DnsClientOptions
{
    /// <summary>
    /// Recursive name servers in the order of preference, at most 16. Default empty: those of <see cref="ResolverFile"/>, read when the
    /// client is made.
    /// </summary>
    public IReadOnlyList<IPEndPoint> Servers { get; init; } = [];

    /// <summary>
    /// Where the system says whom to ask (resolv.conf(5)); one that is missing or names no server means 127.0.0.1. Only its nameserver
    /// lines and the option rotate count. Default /etc/resolv.conf.
    /// </summary>
    public string ResolverFile { get; init; } = "/etc/resolv.conf";

    /// <summary>How long one try waits, and again for TCP when the answer was cut: 1 ms to 1 min. Default 2 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Tries for one question, over the servers, 1 to 16. Default 3.</summary>
    public int Tries { get; init; } = 3;

    /// <summary>Every question begins with a server by chance, rather than with the one that answered last. Default false.</summary>
    public bool RotatesServers { get; init; }

    /// <summary>
    /// Questions under way at once, 1 to 65,536: each holds a socket. More wait as long as one that nobody answers takes, and time out
    /// then. Default 512.
    /// </summary>
    public int MaxQuestionsUnderWay { get; init; } = 512;

    /// <summary>Answers that are remembered, 0 or more. Beyond it those go that were used least recently. Default 10,000.</summary>
    public int MaxCacheEntries { get; init; } = 10_000;

    /// <summary>Bytes of the messages whose answers are remembered, 0 or more. Default 32 MiB.</summary>
    public long MaxCacheBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Answers live at least this long, except for failures. Default 0 s: a server that says 0 s is believed.</summary>
    public TimeSpan MinTimeToLive { get; init; } = TimeSpan.Zero;

    /// <summary>Answers live at most this long. Default 1 day.</summary>
    public TimeSpan MaxTimeToLive { get; init; } = TimeSpan.FromDays(1);

    /// <summary>It is remembered at most this long that something does not exist (RFC 2308 5). Default 1 h.</summary>
    public TimeSpan NegativeMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long it is remembered that a question failed (RFC 9520 3.2), 0 s to 5 min. Default 5 s.</summary>
    public TimeSpan FailureTimeToLive { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The largest answer that is asked for over UDP, 512 to 65,535 bytes (RFC 6891 6.2.3). Default 1,232, which passes everywhere in one
    /// piece.
    /// </summary>
    public int UdpPayload { get; init; } = 1232;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Servers.Count, 16, nameof(Servers));
        ArgumentOutOfRangeException.ThrowIfLessThan(Timeout, TimeSpan.FromMilliseconds(1), nameof(Timeout));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Timeout, TimeSpan.FromMinutes(1), nameof(Timeout));
        InRange(Tries, 1, 16, nameof(Tries));
        InRange(MaxQuestionsUnderWay, 1, 65_536, nameof(MaxQuestionsUnderWay));
        InRange(UdpPayload, 512, ushort.MaxValue, nameof(UdpPayload));
        ArgumentOutOfRangeException.ThrowIfNegative(MaxCacheEntries, nameof(MaxCacheEntries));
        ArgumentOutOfRangeException.ThrowIfNegative(MaxCacheBytes, nameof(MaxCacheBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(MinTimeToLive, TimeSpan.Zero, nameof(MinTimeToLive));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxTimeToLive, MinTimeToLive, nameof(MaxTimeToLive));
        ArgumentOutOfRangeException.ThrowIfLessThan(NegativeMax, TimeSpan.Zero, nameof(NegativeMax));
        ArgumentOutOfRangeException.ThrowIfLessThan(FailureTimeToLive, TimeSpan.Zero, nameof(FailureTimeToLive));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(FailureTimeToLive, TimeSpan.FromMinutes(5), nameof(FailureTimeToLive));
    }

    private static void InRange(int value, int lowest, int highest, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, lowest, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, highest, name);
    }
}
