using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Silo.LoadTest.Servers;

/// <summary>A program of Silo in a process of its own.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const int TerminateSignal = 15;
    private const int MaxLinesKept = 200;

    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(2);

    // A drain takes up to 30 s.
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource<Uri> _api = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _smtp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The last lines that it wrote.</summary>
    public string Output => string.Join('\n', _lines);

    /// <param name="program">An assembly of Silo.Server or Silo.Orleans.</param>
    /// <param name="settings">By the names of docs/operations.md.</param>
    /// <param name="runtimeFile">Where it writes its <see cref="RuntimeSample"/>.</param>
    public static ServerProcess Start(
        string program, string workingDirectory, IEnumerable<KeyValuePair<string, string>> settings, string runtimeFile)
    {
        var start = new ProcessStartInfo("dotnet", [program])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = workingDirectory,
        };
        foreach (var (key, value) in settings) start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        start.Environment[RuntimeSample.FileVariable] = runtimeFile;
        var server = new ServerProcess(new Process { StartInfo = start });
        server._process.OutputDataReceived += (_, e) => server.Take(e.Data);
        server._process.ErrorDataReceived += (_, e) => server.Take(e.Data);
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Where its API and its SMTP port are, once it says that it is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not come up in two minutes; with what it wrote.</exception>
    public async Task<(Uri Api, int SmtpPort)> WhenReady(CancellationToken cancellationToken)
    {
        var ready = Task.WhenAll(_api.Task, _smtp.Task);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var patience = Task.Delay(StartTime, limit.Token);
        await Task.WhenAny(ready, _process.WaitForExitAsync(limit.Token), patience);
        await limit.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        if (ready.IsCompletedSuccessfully) return (await _api.Task, await _smtp.Task);
        var what = _process.HasExited ? $"ended with {_process.ExitCode}" : "is not ready after two minutes";
        throw new InvalidOperationException($"The server {what}:\n{Output}");
    }

    /// <summary>SIGKILL: it is gone when this returns.</summary>
    public async Task Kill()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and its exit code; null when it had to be killed.</summary>
    public async Task<int?> Stop()
    {
        if (!_process.HasExited) _ = SendSignal(_process.Id, TerminateSignal);
        try
        {
            using var limit = new CancellationTokenSource(StopTime);
            await _process.WaitForExitAsync(limit.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await Kill();
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Kill();
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null) return;
        _lines.Enqueue(line);
        if (_lines.Count > MaxLinesKept) _lines.TryDequeue(out _);
        if (ApiLine().Match(line) is { Success: true } api) _api.TrySetResult(new Uri(api.Groups[1].Value));
        if (SmtpLine().Match(line) is { Success: true } smtp)
            _smtp.TrySetResult(int.Parse(smtp.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex("SES v2 API at ([^, ]+)")]
    private static partial Regex ApiLine();

    [GeneratedRegex(@"^SMTP at [0-9.]+:([0-9]+)")]
    private static partial Regex SmtpLine();

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
