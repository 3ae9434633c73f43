using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace Silo.Testing.EndToEnd;

/// <summary>A program of Silo in a process of its own, on a free port of loopback.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<string> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public string Output => string.Join('\n', _output);

    /// <summary>When it is ready: where its API is.</summary>
    public Task<string> Url => _url.Task;

    /// <summary>Starts a program, and answers without waiting: it may well refuse.</summary>
    /// <param name="program">The assembly of Silo.Server or Silo.Orleans.</param>
    public static ServerProcess Launch(string program, string dataDirectory, params IEnumerable<(string Key, string Value)> settings) =>
        Launch([program], dataDirectory, settings);

    /// <param name="command">The assembly, and its arguments.</param>
    public static ServerProcess Launch(string[] command, string dataDirectory, params IEnumerable<(string Key, string Value)> settings)
    {
        var start = new ProcessStartInfo("dotnet", command)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = dataDirectory,
        };
        start.Environment["Silo__DataDirectory"] = dataDirectory;
        start.Environment["Silo__Http__Url"] = "http://127.0.0.1:0";
        start.Environment["Silo__Public__Url"] = "http://127.0.0.1:0";
        start.Environment["Silo__RootAccessKeyId"] = SesClient.KeyId;
        start.Environment["Silo__RootSecretAccessKey"] = SesClient.Secret;
        foreach (var (key, value) in settings) start.Environment[key] = value;
        var server = new ServerProcess(new Process { StartInfo = start });
        server._process.OutputDataReceived += (_, e) => server.Take(e.Data);
        server._process.ErrorDataReceived += (_, e) => server.Take(e.Data);
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>The settings that make a relay on loopback the way out.</summary>
    public static (string Key, string Value)[] Relay(int port) =>
        [("Silo__Transport__Kind", "Smtp"), ("Silo__Transport__Smtp__Host", "127.0.0.1"), ("Silo__Transport__Smtp__Port", $"{port}")];

    /// <summary>Waits until the program is ready.</summary>
    public async Task<SesClient> WhenReady()
    {
        var ended = _process.WaitForExitAsync();
        if (await Task.WhenAny(_url.Task, ended).WaitAsync(Patience) == ended)
            Assert.Fail($"The server ended with {_process.ExitCode}: {Output}");
        return new SesClient(await _url.Task);
    }

    /// <summary>SIGKILL: nothing of the program runs any more.</summary>
    public void Kill() => _process.Kill();

    public bool HasExited => _process.HasExited;

    /// <summary>SIGTERM: it is asked to end.</summary>
    public void Terminate() => Assert.Equal(0, SendSignal(_process.Id, 15));

    /// <summary>SIGSTOP: it takes no step until it is continued, and knows nothing of it.</summary>
    public void Freeze() => Assert.Equal(0, SendSignal(_process.Id, 19));

    /// <summary>SIGCONT.</summary>
    public void Continue() => Assert.Equal(0, SendSignal(_process.Id, 18));

    public async Task<int> Exit()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null) return;
        _output.Enqueue(line);
        const string before = "SES v2 API at ";
        var at = line.IndexOf(before, StringComparison.Ordinal);
        if (at >= 0) _url.TrySetResult(line[(at + before.Length)..].Split(',')[0]);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
