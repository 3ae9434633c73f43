using System.Globalization;
using Spectre.Console;

namespace Silo.Benchmarks.Send;

/// <summary>
/// What a signed SendEmail costs the server, durable, beside an empty endpoint of the same web server that reads the same bytes. All
/// servers run at once and take turns, so that a machine that is busy elsewhere is equally busy for all of them.
/// </summary>
internal static class SendBenchmark
{
    public static async Task<int> Run(SendBenchmarkOptions options)
    {
        var tenants = options.Tenants.ToString(CultureInfo.InvariantCulture);
        await using var empty = await ServerProcess.Start("empty endpoint", "send-empty");
        await using var intake = await ServerProcess.Start("SendEmail, mail waits", "send-server", "waits", tenants);
        await using var whole = await ServerProcess.Start("SendEmail, mail leaves", "send-server", "leaves", tenants);
        ServerProcess[] servers = [empty, intake, whole];
        var results = servers.ToDictionary(s => s, _ => new List<Round>());
        for (var round = 0; round < options.WarmUpRounds + options.Rounds; round++)
        {
            foreach (var server in servers)
            {
                var measured = await Measure(server, options);
                if (round >= options.WarmUpRounds) results[server].Add(measured);
            }
        }

        var table = new Table().AddColumns(
            "server", "CPU µs/request", "least", "most", "ratio", "allocated B/request", "requests/s", "p50 ms", "p99 ms");
        var floor = Median(results[empty].Select(r => r.CpuMicroseconds));
        foreach (var server in servers)
        {
            var rounds = results[server];
            var cpu = Median(rounds.Select(r => r.CpuMicroseconds));
            table.AddRow(
                server.Name, $"{cpu:F1}", $"{rounds.Min(r => r.CpuMicroseconds):F1}", $"{rounds.Max(r => r.CpuMicroseconds):F1}",
                $"{cpu / floor:F2}",
                $"{Median(rounds.Select(r => r.AllocatedBytes)):N0}", $"{Median(rounds.Select(r => r.RequestsPerSecond)):N0}",
                $"{Median(rounds.Select(r => r.P50)):F1}", $"{Median(rounds.Select(r => r.P99)):F1}");
        }

        AnsiConsole.Profile.Width = 150;
        AnsiConsole.WriteLine(
            $"{options.Rounds} rounds of {options.Requests:N0} requests, {options.Connections} connections, {options.Tenants} tenants, "
            + $"text of {options.BodyBytes} B; medians");
        AnsiConsole.Write(table);
        return 0;
    }

    private static async Task<Round> Measure(ServerProcess server, SendBenchmarkOptions options)
    {
        var time = TimeProvider.System;
        var before = await server.Used();
        var started = time.GetTimestamp();
        var milliseconds = await new SendClient(server.Endpoint, server.Key, options, time).Run(options.Requests);
        var seconds = time.GetElapsedTime(started).TotalSeconds;
        var after = await server.Used();
        Array.Sort(milliseconds);
        return new Round(
            (after.CpuMicroseconds - before.CpuMicroseconds) / options.Requests,
            (after.AllocatedBytes - before.AllocatedBytes) / options.Requests,
            options.Requests / seconds, milliseconds[milliseconds.Length / 2], milliseconds[milliseconds.Length * 99 / 100]);
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private readonly record struct Round(double CpuMicroseconds, double AllocatedBytes, double RequestsPerSecond, double P50, double P99);
}
