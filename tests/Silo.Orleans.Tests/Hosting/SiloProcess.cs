using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Silo.Orleans.Tenants;
using Xunit;

namespace Silo.Orleans.Tests.Hosting;

/// <summary>The cluster's program in a process of its own, on free ports of loopback.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<string> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SiloProcess(Process process) => _process = process;

    public string Output => string.Join('\n', _output);

    public string Url => _url.Task.Result;

    /// <summary>Starts the program and waits until it says that it is ready.</summary>
    public static async Task<SiloProcess> Start(string database, string dataDirectory, params (string Key, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ITenantGrain).Assembly.Location])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = dataDirectory,
        };
        (string Key, string Value)[] all =
        [
            ("Silo__DataDirectory", dataDirectory), ("Silo__Http__Url", "http://127.0.0.1:0"), ("Silo__Store__Kind", "Postgres"),
            ("Silo__Store__ConnectionString", database), ("Silo__Cluster__Name", "test"), ("Silo__Cluster__SiloPort", $"{FreePort()}"),
            ("Silo__Cluster__GatewayPort", $"{FreePort()}"), .. settings,
        ];
        foreach (var (key, value) in all) start.Environment[key] = value;
        var silo = new SiloProcess(new Process { StartInfo = start });
        silo._process.OutputDataReceived += (_, e) => silo.Take(e.Data);
        silo._process.ErrorDataReceived += (_, e) => silo.Take(e.Data);
        silo._process.Start();
        silo._process.BeginOutputReadLine();
        silo._process.BeginErrorReadLine();
        var ended = silo._process.WaitForExitAsync();
        if (await Task.WhenAny(silo._url.Task, ended).WaitAsync(Patience) == ended)
            Assert.Fail($"The silo ended with {silo._process.ExitCode}: {silo.Output}");
        return silo;
    }

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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
