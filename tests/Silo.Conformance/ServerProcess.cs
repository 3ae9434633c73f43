using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace Silo.Conformance;

/// <summary>The real program in a process of its own: ephemeral port, its own data directory, a known root key, the simulator.</summary>
public sealed partial class ServerProcess : IAsyncLifetime
{
    public const string KeyId = "AKIACONFORMANCE00001";
    public const string Secret = "conformance/secret+of/this/run";
    public const string Region = "eu-west-7";
    public const string Account = "123456789012";

    private readonly string _directory = Directory.CreateTempSubdirectory("silo-conformance-").FullName;
    private readonly List<string> _output = [];
    private Process? _process;

    public string Endpoint { get; private set; } = "";

    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["SILO_ENDPOINT"] = Endpoint,
        ["SILO_REGION"] = Region,
        ["SILO_ACCOUNT"] = Account,
        ["SILO_KEY_ID"] = KeyId,
        ["SILO_SECRET"] = Secret,
    };

    public string Output
    {
        get
        {
            lock (_output) return string.Join('\n', _output);
        }
    }

    public async Task InitializeAsync()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Silo.Server.dll")])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _directory,
        };
        start.Environment["Silo__DataDirectory"] = _directory;
        start.Environment["Silo__Http__Url"] = "http://127.0.0.1:0";
        start.Environment["Silo__Public__Url"] = "http://127.0.0.1:0";
        start.Environment["Silo__Region"] = Region;
        start.Environment["Silo__AccountId"] = Account;
        start.Environment["Silo__RootAccessKeyId"] = KeyId;
        start.Environment["Silo__RootSecretAccessKey"] = Secret;
        start.Environment["Silo__Smtp__Endpoint"] = "127.0.0.1:0";
        string[] targets =
        [
            $"arn:aws:sns:{Region}:{Account}:ses-events", $"arn:aws:events:{Region}:{Account}:event-bus/default",
            $"arn:aws:firehose:{Region}:{Account}:deliverystream/ses",
        ];
        for (var i = 0; i < targets.Length; i++)
        {
            start.Environment[$"Silo__Events__Targets__{i}__Arn"] = targets[i];
            start.Environment[$"Silo__Events__Targets__{i}__Url"] = $"https://events.example/{i}";
        }

        var ready = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = Process.Start(start)!;
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"The server did not start:\n{Output}"));
        _process.OutputDataReceived += (_, line) => Note(line.Data, ready);
        _process.ErrorDataReceived += (_, line) => Note(line.Data, ready);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Endpoint = await ready.Task.WaitAsync(TimeSpan.FromSeconds(120));
    }

    public async Task DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void Note(string? line, TaskCompletionSource<string> ready)
    {
        if (line is null) return;
        lock (_output) _output.Add(line);
        if (ListeningAt().Match(line) is { Success: true } match) ready.TrySetResult(match.Groups[1].Value);
    }

    [GeneratedRegex(@"SES v2 API at (http://127\.0\.0\.1:[1-9][0-9]*)")]
    private static partial Regex ListeningAt();
}
