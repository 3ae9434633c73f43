using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Silo.Server.Delivery.Ses;
using Spectre.Console;

namespace Silo.Server.Importing;

/// <summary>
/// The verb <c>import ses</c>. Exit codes: 0 all is as it should be, or as it was shown; 1 a side could not be read; 2 wrong arguments;
/// 3 the target refused some of it.
/// </summary>
internal static class ImportProgram
{
    private const int PlainColumns = 140;

    public static async Task<int> Run(IReadOnlyList<string> arguments)
    {
        var keys = (
            Id: Environment.GetEnvironmentVariable("SILO_ACCESS_KEY_ID"),
            Secret: Environment.GetEnvironmentVariable("SILO_SECRET_ACCESS_KEY"));
        if (ImportOptions.Parse(arguments, [.. ImportRun.Kinds.Select(k => k.Name)]) is not { } options) return Wrong(ImportOptions.Usage);
        if (string.IsNullOrEmpty(keys.Id) || string.IsNullOrEmpty(keys.Secret))
            return Wrong("SILO_ACCESS_KEY_ID and SILO_SECRET_ACCESS_KEY must hold a key of the target.");
        var from = new SesOptions { Region = options.SourceRegion, Endpoint = options.SourceEndpoint, Profile = options.SourceProfile };
        if (SesPlace.Find(from, out var errors) is not { } place) return Wrong(string.Join('\n', errors.Select(NamesOfArguments)));

        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        try
        {
            var to = new SesOptions { AccessKeyId = keys.Id, SecretAccessKey = keys.Secret };
            var report = await Import(options, place, from, to, TimeProvider.System, Console.Error.WriteLine, stop.Token);
            Show(report, options.Json);
            return report.IsRefused ? 3 : 0;
        }
        catch (ImportException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Console.Error.WriteLine("Stopped. Running it again goes on from here.");
            return 1;
        }
    }

    /// <param name="from">Its keys; the place is known.</param>
    /// <exception cref="ImportException">A side could not be read.</exception>
    public static async Task<ImportReport> Import(
        ImportOptions options, SesPlace place, SesOptions from, SesOptions to, TimeProvider time, Action<string> tell,
        CancellationToken cancellationToken)
    {
        using var source = new AccountClient("source", place, from, options.Rate, time, Jitter);
        using var target = new AccountClient("target", new SesPlace(options.Target, options.TargetRegion), to, null, time, Jitter);
        var items = await new ImportRun(new ImportContext(source, target, options), options, tell).Run(cancellationToken);
        return new ImportReport($"{place.Endpoint.Authority} ({place.Region})", options.Target.Authority, options.Apply, items);
    }

    private static double Jitter() => RandomNumberGenerator.GetInt32(1_000) / 1_000.0;

    private static void Show(ImportReport report, bool asJson)
    {
        if (asJson)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, AccountImportJson.Default.ImportReport));
            return;
        }

        var console = Console.IsOutputRedirected
            ? AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(Console.Out) })
            : AnsiConsole.Console;
        if (Console.IsOutputRedirected) console.Profile.Width = PlainColumns;
        ImportScreen.Write(console, report);
    }

    private static string NamesOfArguments(string error) => error
        .Replace($"{SesOptions.Section}:Region", "--source-region", StringComparison.Ordinal)
        .Replace($"{SesOptions.Section}:Endpoint", "--source-endpoint", StringComparison.Ordinal)
        .Replace($"{SesOptions.Section}:Profile", "--source-profile", StringComparison.Ordinal);

    private static int Wrong(string message)
    {
        Console.Error.WriteLine(message);
        return 2;
    }
}
