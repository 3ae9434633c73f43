using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Silo.LoadTest.Commands;
using Spectre.Console;

namespace Silo.LoadTest.Peers;

/// <summary>
/// The verb <c>peers</c>: the same mail through Postfix, Haraka and Silo, in turn. Exit codes: 0 Silo is as much better as it is to be,
/// 1 it is not, 2 it could not be measured.
/// </summary>
internal static class PeersCommand
{
    private const int NotReached = 1;
    private const int NotMeasured = 2;

    private static readonly Option<int> Rounds = Number("--rounds", "Rounds of each that count, 1 to 100.", 5);
    private static readonly Option<int> Messages = Number("--messages", "Messages of a round, 100 to 1,000,000.", 5_000);
    private static readonly Option<int> WarmUp = Number("--warm-up", "Messages through each before they count, 100 to 1,000,000.", 10_000);
    private static readonly Option<int> Connections = Number("--connections", "Connections of the load, 1 to 500.", 20);
    private static readonly Option<int> Bytes = Number("--bytes", "Of the text of a message, 1 to 10,000,000.", 4_096);
    private static readonly Option<string> Tenants = new("--tenants")
    {
        Description = "How many sender domains: each number is measured by itself, at most 300,000.", DefaultValueFactory = _ => "1,30000",
    };

    private static readonly Option<bool> Dkim = new("--dkim") { Description = "Measure with DKIM as well." };
    private static readonly Option<bool> Tls = new("--tls") { Description = "Measure with TLS as well; with --dkim also with both." };
    private static readonly Option<string> Names = new("--only")
    {
        Description = $"Which servers: {string.Join(',', PeerBench.All)}.", DefaultValueFactory = _ => string.Join(',', PeerBench.All),
    };

    private static readonly Option<DirectoryInfo?> Out = new("--out")
    {
        Description = "Where report and JSON go; none are written without.",
    };

    private static readonly Option<DirectoryInfo?> Cache = new("--cache") { Description = "Where npm packages are kept between runs." };

    public static Command Make()
    {
        var command = new Command("peers", "Measures Silo beside Postfix and Haraka on this machine.")
        {
            Rounds, Messages, WarmUp, Connections, Bytes, Tenants, Dkim, Tls, Names, Out, Cache,
        };
        command.SetAction(Run);
        return command;
    }

    /// <summary>Null where something is wrong with the arguments; then all that is.</summary>
    internal static (PeerOptions? Options, IReadOnlyList<string> Errors) Read(ParseResult parsed)
    {
        var errors = new List<string>();
        Check(Rounds, 1, 100);
        Check(Messages, 100, 1_000_000);
        Check(WarmUp, 100, 1_000_000);
        Check(Connections, 1, 500);
        Check(Bytes, 1, 10_000_000);
        var tenants = new List<int>();
        foreach (var text in parsed.GetValue(Tenants)!.Split(','))
        {
            var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            if (isNumber && number is >= 1 and <= 300_000) tenants.Add(number);
            else errors.Add($"--tenants: {text} is no number from 1 to 300,000.");
        }

        var names = parsed.GetValue(Names)!.Split(',');
        errors.AddRange(
            names.Where(n => !PeerBench.All.Contains(n)).Select(n => $"--only: {n} is none of {string.Join(", ", PeerBench.All)}."));
        if (errors.Count > 0) return (null, errors);
        bool[] both = [false, true];
        var cases =
            from count in tenants.Distinct()
            from dkim in both
            where !dkim || parsed.GetValue(Dkim)
            from tls in both
            where !tls || parsed.GetValue(Tls)
            select new PeerCase(count, dkim, tls);
        const Environment.SpecialFolder data = Environment.SpecialFolder.LocalApplicationData;
        var cache = parsed.GetValue(Cache)
            ?? new DirectoryInfo(Path.Combine(Environment.GetFolderPath(data, Environment.SpecialFolderOption.Create), "silo-load"));
        return (new PeerOptions(
            [.. cases], [.. names.Distinct()], parsed.GetValue(Rounds), parsed.GetValue(Messages), parsed.GetValue(WarmUp),
            parsed.GetValue(Connections), parsed.GetValue(Bytes), cache), []);

        void Check(Option<int> option, int least, int most)
        {
            var value = parsed.GetValue(option);
            if (value < least || value > most) errors.Add($"{option.Name} must be {least:N0} to {most:N0}.");
        }
    }

    private static async Task<int> Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (options, errors) = Read(parsed);
        if (options is null)
        {
            foreach (var error in errors) await Console.Error.WriteLineAsync(error);
            return NotMeasured;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        var time = TimeProvider.System;
        var (began, at) = (time.GetUtcNow(), time.GetTimestamp());
        try
        {
            var results = await new PeerBench(options, Console.WriteLine, time).Run(stop.Token);
            var record = PeerRecord.Of(
                options, results, began, time.GetElapsedTime(at).TotalSeconds, string.Join(' ', parsed.Tokens.Select(t => t.Value)));
            foreach (var of in options.Cases) Print(of, results);
            foreach (var verdict in record.Verdicts)
            {
                var word = verdict.Passed ? "reached    " : "NOT reached";
                Console.WriteLine($"{word} {verdict.Name}: {verdict.Asked}, measured {verdict.Measured}");
            }

            if (parsed.GetValue(Out) is { } folder) RunFiles.Write(record, folder);
            return record.Verdicts.All(v => v.Passed) ? 0 : NotReached;
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return NotMeasured;
        }
    }

    private static void Print(PeerCase of, IReadOnlyList<PeerResult> results)
    {
        var table = new Table().Border(TableBorder.Simple).Title(Markup.Escape($"{of.Name}, medians"));
        table.AddColumns(
            "server", "messages/s", "accepted/s", "CPU ms/message", "accept p50 ms", "accept p99 ms", "memory MiB", "processes");
        foreach (var r in results.Where(r => r.Case == of))
        {
            table.AddRow(
                Markup.Escape(r.Name), Text(r.Median(x => x.PerSecond), "N0"), Text(r.Median(x => x.AcceptedPerSecond), "N0"),
                Text(r.Median(x => x.CpuMs), "F3"), Text(r.Median(x => x.P50Ms), "F2"), Text(r.Median(x => x.P99Ms), "F2"),
                Text(r.Median(x => x.MemoryMiB), "N0"), Text(r.Median(x => x.Processes), "N0"));
        }

        RunView.Terminal().Write(table);
    }

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private static Option<int> Number(string name, string description, int otherwise) =>
        new(name) { Description = description, DefaultValueFactory = _ => otherwise };
}
