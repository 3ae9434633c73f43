using System.Net;

namespace Silo.Smtp.Server;

/// <summary>
/// What all connections of a server have together: their number, and the bytes of messages that they hold in memory. Listeners may share
/// one.
/// </summary>
/// <param name="maxConnections">At a time; others are closed with 421.</param>
/// <param name="maxConnectionsPerAddress">Of them from one address (of IPv6: one /64 network).</param>
/// <param name="maxBufferBytes">Of messages that are being read or stored; at the limit a message is answered with 452.</param>
public sealed class SmtpServerLoad(int maxConnections, int maxConnectionsPerAddress, long maxBufferBytes)
{
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private int _connections;
    private long _bytes;

    /// <summary>Dialogues that are under way.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Bytes of messages in memory now.</summary>
    public long BufferedBytes => Interlocked.Read(ref _bytes);

    internal bool TryTakeConnection(IPAddress network)
    {
        lock (_byAddress)
        {
            var has = _byAddress.GetValueOrDefault(network);
            if (has >= maxConnectionsPerAddress || _connections >= maxConnections) return false;
            _byAddress[network] = has + 1;
            _connections++;
            return true;
        }
    }

    internal void GiveConnection(IPAddress network)
    {
        lock (_byAddress)
        {
            if (--_byAddress[network] == 0) _byAddress.Remove(network);
            _connections--;
        }
    }

    internal bool HasRoomFor(long bytes) => BufferedBytes + bytes <= maxBufferBytes;

    internal bool TryTakeBytes(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= maxBufferBytes) return true;
        Interlocked.Add(ref _bytes, -bytes);
        return false;
    }

    internal void GiveBytes(long bytes) => Interlocked.Add(ref _bytes, -bytes);
}
