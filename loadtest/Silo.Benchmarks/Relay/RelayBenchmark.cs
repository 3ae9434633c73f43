using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Silo.Benchmarks.Engine;
using Silo.Core.Tenants;
using Silo.Server.Hosting;

namespace Silo.Benchmarks.Relay;

/// <summary>
/// How fast a filled spool empties through the SMTP relay transport into Postfix's smtp-sink on the same machine, with the CPU time that
/// this process takes for a message.
/// </summary>
internal static class RelayBenchmark
{
    public const string Usage = "[--messages 100000] [--bytes 4096] [--tenants 100] [--connections 50] [--directory PATH]";

    private const string Sink = "/usr/sbin/smtp-sink";

    public static async Task<int> Run(string[] given)
    {
        if (!File.Exists(Sink))
        {
            Console.Error.WriteLine($"{Sink} is not installed (Debian's package postfix).");
            return 1;
        }

        var arguments = new Arguments(given);
        var (messages, bytes) = (arguments.Number("--messages", 100_000), arguments.Number("--bytes", 4_096));
        var tenants = arguments.Number("--tenants", 100);
        var port = FreePort();
        using var sink = Process.Start(new ProcessStartInfo(Sink, ["-u", "nobody", $"127.0.0.1:{port}", "1000"]))!;
        try
        {
            await using var engine = await MeasuredEngine.Start(arguments, settings => Configure(settings, port, arguments), transport: null);
            await Measure(engine, messages, bytes, tenants);
        }
        finally
        {
            sink.Kill();
            await sink.WaitForExitAsync();
        }

        return 0;
    }

    private static void Configure(SiloSettings settings, int port, Arguments arguments)
    {
        settings.Transport.Kind = TransportKind.Smtp;
        (settings.Relay.Host, settings.Relay.Port) = ("127.0.0.1", port);
        settings.Relay.MaxConnections = arguments.Number("--connections", 50);
        (settings.Tenants.SendRate, settings.Tenants.SendBurst) = (0.01, 1);
    }

    private static async Task Measure(MeasuredEngine engine, int messages, int bytes, int tenants)
    {
        var all = new List<Server.Tenants.ITenant>();
        for (var i = 0; i < tenants; i++) all.Add(await engine.Create($"t{i}"));
        await engine.Fill(messages, i => engine.Send($"t{i % tenants}", $"m-{i}", $"r{i}@example.org", bytes: bytes));
        var left = await Left();
        Console.WriteLine($"{left:N0} messages of {bytes:N0} bytes, of {tenants} tenants, are queued");
        var (began, cpu) = (TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime);
        foreach (var tenant in all) await tenant.SetLimits(new TenantLimits { SendRate = 1e6, SendBurst = 1e6 }, default);
        while (await Left() > 0) await Task.Delay(20);
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{left / seconds:F0} messages/s, {cpu.TotalMicroseconds / left:F0} us of CPU a message in this process, {seconds:F1} s in all"));

        async Task<long> Left() => (await engine.Store.Spool.CountQueued(default)).Sum(c => c.Queued);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
