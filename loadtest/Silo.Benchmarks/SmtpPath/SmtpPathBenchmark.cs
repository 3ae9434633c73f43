using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Silo.Benchmarks.Cluster;
using Silo.Benchmarks.Engine;
using Silo.Benchmarks.Send;

namespace Silo.Benchmarks.SmtpPath;

/// <summary>
/// The whole way of a message by SMTP: Postfix's smtp-source hands it over, Silo answers when it is on disk and hands it on to Postfix's
/// smtp-sink, all on one machine. Each tenant has a smtp-source of its own, that keeps its connections and does not pipeline. Other builds
/// of this program, or this one with other variables in its environment, take turns with it in the same run.
/// </summary>
internal static class SmtpPathBenchmark
{
    public const string Usage =
        "[--messages 100000] [--rounds 3] [--warm-up-rounds 2] [--tenants 8] [--sessions 40] [--connections 50] [--bytes 4096] "
        + "[--signed] [--reconnect] [--beside PATH,NAME=VALUE,…]…";

    public const string ServerVerb = "smtp-server";

    private const string Source = "/usr/sbin/smtp-source";
    private const string Sink = "/usr/sbin/smtp-sink";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static async Task<int> Run(string[] given)
    {
        if (!File.Exists(Source) || !File.Exists(Sink))
        {
            Console.Error.WriteLine($"{Source} and {Sink} are needed (Debian's package postfix).");
            return 1;
        }

        var arguments = new Arguments(given);
        var load = SmtpPathLoad.Of(arguments);
        var (rounds, warmUp) = (arguments.Number("--rounds", 3), arguments.Number("--warm-up-rounds", 2));
        var port = FreePort();
        var directory = Directory.CreateTempSubdirectory("silo-smtp-");
        var servers = new List<(ServerProcess Server, List<Figures> Figures)>();
        using var sink = Process.Start(new ProcessStartInfo(Sink, ["-u", "nobody", $"127.0.0.1:{port}", "1000"]))!;
        try
        {
            load.WriteMessages(directory.FullName);
            Console.WriteLine(load);
            ServerBuild[] builds = [new ServerBuild("this", null, []), .. arguments.Texts("--beside").Select(ServerBuild.Parse)];
            foreach (var build in builds)
            {
                servers.Add((await ServerProcess.Start(
                    build, ServerVerb, Text(port), Text(arguments.Number("--connections", 50)), Text(load.Tenants),
                    arguments.Has("--signed") ? "signed" : "unsigned"), []));
            }

            for (var round = 0; round < warmUp + rounds; round++)
            {
                foreach (var (server, figures) in servers)
                {
                    var measured = await Measure(server, sink.Id, load, directory.FullName);
                    Console.WriteLine($"{(round < warmUp ? "warm-up" : "round")} of {server.Name} ({server.Id}): {measured}");
                    if (round >= warmUp) figures.Add(measured);
                }
            }

            foreach (var (server, figures) in servers) Console.WriteLine($"median of {server.Name}: {Figures.Median(figures)}");
        }
        finally
        {
            foreach (var (server, _) in servers) await server.DisposeAsync();
            sink.Kill();
            await sink.WaitForExitAsync();
            directory.Delete(recursive: true);
        }

        return 0;
    }

    private static async Task<Figures> Measure(ServerProcess server, int sink, SmtpPathLoad load, string directory)
    {
        var (before, taken) = (await server.Used(), CpuTime.OfProcess(sink));
        var began = TimeProvider.System.GetTimestamp();
        var sources = load.Sources(server.Submission, directory).Select(a => Process.Start(new ProcessStartInfo(Source, a))!).ToArray();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            foreach (var source in sources) await source.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            foreach (var source in sources) source.Kill();
            throw;
        }

        if (sources.Any(s => s.ExitCode != 0)) throw new InvalidOperationException("A message was not taken.");
        var accepted = TimeProvider.System.GetElapsedTime(began);
        // It answers when nothing is under way any more.
        var after = await server.Used();
        var all = TimeProvider.System.GetElapsedTime(began);
        foreach (var source in sources) source.Dispose();
        return new Figures(
            (after.CpuMicroseconds - before.CpuMicroseconds) / load.Messages, (after.AllocatedBytes - before.AllocatedBytes) / load.Messages,
            load.Messages / accepted.TotalSeconds, load.Messages / all.TotalSeconds, (CpuTime.OfProcess(sink) - taken) / load.Messages);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>For each message the CPU time in µs and the bytes allocated of the server, and of the sink.</summary>
    private sealed record Figures(double Cpu, double Allocated, double AcceptedPerSecond, double DonePerSecond, double SinkCpu)
    {
        public static Figures Median(IReadOnlyList<Figures> all) => new(
            Of(all, f => f.Cpu), Of(all, f => f.Allocated), Of(all, f => f.AcceptedPerSecond), Of(all, f => f.DonePerSecond),
            Of(all, f => f.SinkCpu));

        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Cpu:F1} us of server CPU a message, {Allocated:N0} B allocated, {AcceptedPerSecond:N0}/s accepted, {DonePerSecond:N0}/s in and out "
            + $"(sink {SinkCpu:F1} us)");

        private static double Of(IReadOnlyList<Figures> all, Func<Figures, double> member) =>
            new Percentiles(all.Select(member)).At(0.5);
    }
}
