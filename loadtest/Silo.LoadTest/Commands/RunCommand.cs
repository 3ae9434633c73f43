using System.CommandLine;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Silo.LoadTest.Runs;
using Silo.Testing.Postgres;

namespace Silo.LoadTest.Commands;

/// <summary>The verb <c>run</c>. Exit codes: 0 all promises kept, 1 one was not, 2 it could not be run.</summary>
internal static class RunCommand
{
    private const int Broken = 1;
    private const int NotRun = 2;

    public static Command Make()
    {
        var command = new Command("run", "Runs a scenario and says whether its promises were kept.");
        foreach (var symbol in RunArguments.All)
        {
            if (symbol is Argument argument) command.Arguments.Add(argument);
            else command.Options.Add((Option)symbol);
        }

        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (options, errors) = RunArguments.Read(parsed);
        if (options is null)
        {
            foreach (var error in errors) await Console.Error.WriteLineAsync(error);
            return NotRun;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        try
        {
            await using var database = options.ConnectionString == RunArguments.OwnDatabase ? await PostgresServer.Start() : null;
            if (database is not null) options = options with { ConnectionString = await database.CreateDatabase("silo") };
            var record = await RunView.Watch(view => options.Scenario.Month is null
                ? new LoadRun(options, view, TimeProvider.System).Run(stop.Token)
                : new MonthRun(options, view, TimeProvider.System).Run(stop.Token));
            VerdictView.Print(record);
            if (parsed.GetValue(RunArguments.Out) is { } folder) RunFiles.Write(record, folder);
            return record.Verdicts.All(v => v.Passed) && !stop.IsCancellationRequested ? 0 : Broken;
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or OperationCanceledException or SocketException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return NotRun;
        }
    }
}
