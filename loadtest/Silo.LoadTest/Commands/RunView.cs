using System.Globalization;
using Silo.LoadTest.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Silo.LoadTest.Commands;

/// <summary>Shows a run while it goes on: a table that changes on a terminal, a line a second elsewhere.</summary>
internal static class RunView
{
    private const int PlainColumns = 160;

    public static async Task<RunRecord> Watch(Func<IRunView, Task<RunRecord>> run)
    {
        if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive) return await run(new PlainView(Console.Out));
        return await AnsiConsole.Live(new Text("…")).AutoClear(true).StartAsync(live => run(new LiveView(live)));
    }

    public static IAnsiConsole Terminal()
    {
        if (!Console.IsOutputRedirected) return AnsiConsole.Console;
        var plain = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(Console.Out) });
        plain.Profile.Width = PlainColumns;
        return plain;
    }

    private static string Milliseconds(double? value) => value is { } ms ? ms.ToString("F1", CultureInfo.InvariantCulture) + " ms" : "-";

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private sealed class PlainView(TextWriter output) : IRunView
    {
        private readonly Lock _lock = new();

        public void Say(string what) => Write("* " + what);

        public void Show(RunSnapshot s) => Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{s.Seconds,6:F0} s   in {s.AcceptedPerSecond,8:N0}/s   out {s.DeliveredPerSecond,8:N0}/s   queue {s.Queue,10:N0}   "
            + $"p50 {Milliseconds(s.LatencyP50),10}   p99 {Milliseconds(s.LatencyP99),10}   not accepted {s.NotAccepted:N0}   "
            + $"CPU {Number(s.CpuShare, "F2")}   {Number(s.MemoryMebibytes, "F0")} MiB"));

        private void Write(string line)
        {
            lock (_lock) output.WriteLine(line);
        }
    }

    private sealed class LiveView(LiveDisplayContext live) : IRunView
    {
        private const int LinesKept = 12;

        private readonly Lock _lock = new();
        private readonly Queue<string> _said = new();
        private RunSnapshot? _last;

        public void Say(string what)
        {
            lock (_lock)
            {
                _said.Enqueue(what);
                if (_said.Count > LinesKept) _said.Dequeue();
                live.UpdateTarget(Render());
            }
        }

        public void Show(RunSnapshot snapshot)
        {
            lock (_lock)
            {
                _last = snapshot;
                live.UpdateTarget(Render());
            }
        }

        private Rows Render()
        {
            var said = new Rows(_said.Select(s => (IRenderable)new Text("* " + s)));
            if (_last is not { } s) return new Rows(said);
            var table = new Table().Border(TableBorder.Rounded)
                .AddColumns("time", "in", "out", "queue", "p50", "p99", "not accepted", "server CPU", "server memory");
            table.AddRow(
                $"{s.Seconds:F0} s", $"{s.AcceptedPerSecond:N0}/s", $"{s.DeliveredPerSecond:N0}/s", $"{s.Queue:N0}",
                Milliseconds(s.LatencyP50), Milliseconds(s.LatencyP99), $"{s.NotAccepted:N0}",
                s.CpuShare is { } cpu ? $"{cpu:F2} cores" : "-",
                s.MemoryMebibytes is { } memory ? $"{memory:F0} MiB" : "-");
            return new Rows(said, table);
        }
    }
}
