using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Silo.Server.Hosting;
using Xunit;

namespace Silo.Server.Tests.EndToEnd;

/// <summary>The program itself in a process of its own, on a free port of loopback.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<string> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public string Output => string.Join('\n', _output);

    /// <summary>Starts the program and waits until it is ready.</summary>
    public static async Task<(ServerProcess Process, SesClient Client)> Start(string dataDirectory, int relayPort, params (string Key, string Value)[] more)
    {
        var server = Launch(dataDirectory, [
            ("Silo__Transport__Kind", "Smtp"), ("Silo__Transport__Smtp__Host", "127.0.0.1"), ("Silo__Transport__Smtp__Port", $"{relayPort}"), .. more]);
        var ended = server._process.WaitForExitAsync();
        if (await Task.WhenAny(server._url.Task, ended).WaitAsync(Patience) == ended)
            Assert.Fail($"The server ended with {server._process.ExitCode}: {server.Output}");
        return (server, new SesClient(await server._url.Task));
    }

    /// <summary>Starts the program, which may well refuse.</summary>
    public static ServerProcess Launch(string dataDirectory, params (string Key, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(SiloOptions).Assembly.Location])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = dataDirectory,
        };
        start.Environment["Silo__DataDirectory"] = dataDirectory;
        start.Environment["Silo__Http__Url"] = "http://127.0.0.1:0";
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

    /// <summary>SIGKILL: nothing of the program runs any more.</summary>
    public void Kill() => _process.Kill();

    public void Terminate() => Assert.Equal(0, SendSignal(_process.Id, 15));

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
