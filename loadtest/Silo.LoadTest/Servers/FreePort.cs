using System.Net;
using System.Net.Sockets;

namespace Silo.LoadTest.Servers;

/// <summary>Ports of loopback that are free now, below those that the system gives to outgoing connections.</summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Count = 12_000;

    private static int _last;

    public static int Take()
    {
        for (var attempt = 0; attempt < Count; attempt++)
        {
            var port = First + (int)((uint)((Environment.ProcessId * 97) + Interlocked.Increment(ref _last)) % Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // It is taken.
            }
        }

        throw new InvalidOperationException("No port of loopback is free.");
    }
}
