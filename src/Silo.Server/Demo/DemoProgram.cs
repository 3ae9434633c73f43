using System.Globalization;
using System.Runtime.InteropServices;
using Spectre.Console;

namespace Silo.Server.Demo;

/// <summary>The verb <c>demo</c>. Exit codes: 0 the story went as told, 1 it did not, 2 wrong arguments.</summary>
internal static class DemoProgram
{
    private const int PlainColumns = 120;

    public static async Task<int> Run(IReadOnlyList<string> arguments)
    {
        if (DemoOptions.Parse(arguments) is not { } options)
        {
            Console.Error.WriteLine(DemoOptions.Usage);
            return 2;
        }

        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        var result = await Play(options, Terminal(), TimeProvider.System, stop.Token);
        return result.IsAsTold ? 0 : 1;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    public static async Task<DemoResult> Play(
        DemoOptions options, IAnsiConsole console, TimeProvider time, CancellationToken cancellationToken)
    {
        var chronicle = new DemoChronicle(time);
        await using var server = await DemoServer.Start(chronicle, time, CancellationToken.None);
        var story = new DemoStory(options, server, chronicle, time);
        var result = console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal
            ? await PlayLive(story, console, cancellationToken)
            : await PlayPlain(story, console, cancellationToken);
        DemoSummary.Write(console, result);
        return result;
    }

    // A file or a pipe gets plain text, of a width that the tables need.
    private static IAnsiConsole Terminal()
    {
        if (!Console.IsOutputRedirected) return AnsiConsole.Console;
        var plain = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(Console.Out) });
        plain.Profile.Width = PlainColumns;
        return plain;
    }

    private static async Task<DemoResult> PlayLive(DemoStory story, IAnsiConsole console, CancellationToken cancellationToken)
    {
        console.Clear();
        return await console.Live(new Text("Starting …")).Overflow(VerticalOverflow.Crop).StartAsync(live => story.Play(
            () => live.UpdateTarget(DemoScreen.Render(story, console.Profile.Width, console.Profile.Height)), cancellationToken));
    }

    private static async Task<DemoResult> PlayPlain(DemoStory story, IAnsiConsole console, CancellationToken cancellationToken)
    {
        var output = console.Profile.Out.Writer;
        foreach (var line in story.HowToLook()) await output.WriteLineAsync(line);
        var (told, second) = (0, -1);
        return await story.Play(Show, cancellationToken);

        void Show()
        {
            var entries = story.Chronicle.Entries;
            for (; told < entries.Count; told++)
                output.WriteLine($"{DemoScreen.Clock(entries[told].At)}  * {entries[told].Tenant} {entries[told].Text}");
            var elapsed = story.Chronicle.Elapsed;
            if (second == (int)elapsed.TotalSeconds) return;
            second = (int)elapsed.TotalSeconds;
            var lines = story.Latest().Select(t => Line(t.Tenant, t.Earlier, t.Now));
            output.WriteLine($"{DemoScreen.Clock(elapsed)}  {string.Join(" | ", lines)}");
        }
    }

    private static string Line(DemoTenant tenant, DemoSample earlier, DemoSample now) => string.Create(CultureInfo.InvariantCulture,
        $"{tenant.Name} {now.Tenant.Standing.Aggregate.ToString().ToUpperInvariant()} in {now.AcceptedPerSecond(earlier):0}/s "
        + $"out {now.DeliveredPerSecond(earlier):0}/s queue {now.Queued} bounced {now.BounceRate * 100:0.0}%");
}
