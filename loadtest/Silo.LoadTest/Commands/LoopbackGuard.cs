using System.Net;

namespace Silo.LoadTest.Commands;

/// <summary>Load is put on this machine alone, unless somebody says that another one is theirs.</summary>
internal static class LoopbackGuard
{
    public const string Option = "--yes-i-own-this-host";

    /// <summary>What is wrong; null when all of them may be loaded.</summary>
    public static string? Check(IEnumerable<string> hosts, bool isOwned) =>
        isOwned || hosts.FirstOrDefault(h => !IsLoopback(h)) is not { } other
            ? null
            : $"{other} is not this machine. A load test of somebody else's server is an attack; if it is yours, say {Option}.";

    // A name is loopback's only when it is the one that always is: others resolve to anything.
    private static bool IsLoopback(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
