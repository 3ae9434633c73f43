using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Silo.Dns;

namespace Silo.Testing.Dns;

/// <summary>
/// A throw-away NSD (Debian's package nsd) on loopback: a real authoritative name server, UDP and TCP. It ends with the process that
/// started it, however that ends, and leaves nothing behind.
/// </summary>
public sealed class NsdServer : IAsyncDisposable
{
    // When its input ends, whoever started it has ended or wants it to end.
    private const string Watchdog =
        """
        root=$1; shift
        exec 3<&0
        "$@" </dev/null >>"$root/log" 2>&1 &
        server=$!
        (read -r end <&3; kill -TERM $server 2>/dev/null) &
        reader=$!
        wait $server 2>/dev/null
        wait $server 2>/dev/null
        kill $reader 2>/dev/null
        rm -rf "$root"
        """;

    private static readonly string? Program = Find();

    private readonly Process _watchdog;

    private NsdServer(Process watchdog, IPEndPoint endPoint) => (_watchdog, EndPoint) = (watchdog, endPoint);

    /// <summary>The package is installed.</summary>
    public static bool IsAvailable => Program is not null;

    public IPEndPoint EndPoint { get; }

    /// <param name="zones">Name of the zone to its master file (RFC 1035 5), at least one; each needs its SOA.</param>
    public static async Task<NsdServer> Start(IReadOnlyDictionary<string, string> zones)
    {
        if (!IsAvailable) throw new InvalidOperationException("NSD is not installed.");
        for (var attempt = 1; ; attempt++)
        {
            var root = Directory.CreateTempSubdirectory("silo-nsd-").FullName;
            var port = FreePort();
            foreach (var (name, text) in zones) await File.WriteAllTextAsync(Path.Combine(root, FileOf(name)), text);
            await File.WriteAllTextAsync(Path.Combine(root, "nsd.conf"), Configuration(root, port, zones.Keys));
            await File.WriteAllTextAsync(Path.Combine(root, "log"), "");
            var start = new ProcessStartInfo("sh", ["-c", Watchdog, "sh", root, Program!, "-d", "-c", Path.Combine(root, "nsd.conf")])
            {
                RedirectStandardInput = true, UseShellExecute = false,
            };
            var server = new NsdServer(Process.Start(start)!, new IPEndPoint(IPAddress.Loopback, port));
            var log = Path.Combine(root, "log");
            if (await server.Answers(zones.Keys.First(), log) is not { } failure) return server;
            await server.DisposeAsync();
            // Somebody else may have taken the port in between.
            if (attempt == 5) throw new InvalidOperationException($"NSD does not start:\n{failure}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _watchdog.StandardInput.Close();
        await _watchdog.WaitForExitAsync();
        _watchdog.Dispose();
    }

    private static string Configuration(string root, int port, IEnumerable<string> zones) =>
        string.Create(CultureInfo.InvariantCulture, $"""
            server:
              ip-address: 127.0.0.1
              port: {port}
              server-count: 1
              username: ""
              database: ""
              zonesdir: "{root}"
              pidfile: "{root}/pid"
              xfrdfile: "{root}/xfrd"
              zonelistfile: "{root}/zones"
              xfrdir: "{root}"
            remote-control:
              control-enable: no
            {string.Join('\n', zones.Select(z => $"zone:\n  name: \"{z}\"\n  zonefile: \"{FileOf(z)}\""))}

            """);

    private static string FileOf(string zone) => zone.TrimEnd('.') + ".zone";

    /// <summary>Null when it answers for the zone, its log when it ended.</summary>
    private async Task<string?> Answers(string zone, string log)
    {
        var query = new PacketWriter().Header(4711, 0, 1, 0, 0, 0).Question(zone.TrimEnd('.'), DnsRecordType.Soa).ToArray();
        var lastLog = "";
        while (!_watchdog.HasExited)
        {
            using var socket = new UdpClient();
            socket.Connect(EndPoint);
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
            try
            {
                if (File.Exists(log)) lastLog = await File.ReadAllTextAsync(log, CancellationToken.None);
                await socket.SendAsync(query, patience.Token);
                // AA: the zone is loaded.
                if ((await socket.ReceiveAsync(patience.Token)).Buffer is [_, _, var flags, ..] && (flags & 0x04) != 0) return null;
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
            {
                await Task.Delay(20, CancellationToken.None);
            }
        }

        return lastLog;
    }

    private static int FreePort()
    {
        while (true)
        {
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                tcp.Bind(udp.LocalEndPoint!);
                return ((IPEndPoint)udp.LocalEndPoint!).Port;
            }
            catch (SocketException)
            {
                // Taken over TCP.
            }
        }
    }

    private static string? Find()
    {
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return onPath.Prepend("/usr/sbin").Select(folder => Path.Combine(folder, "nsd")).FirstOrDefault(File.Exists);
    }
}
