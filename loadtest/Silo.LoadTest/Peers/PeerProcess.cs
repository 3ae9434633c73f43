using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Silo.LoadTest.Peers;

/// <summary>
/// A server under a shell that ends it when this program closes the shell's input or ends itself, however that is. Keeps the last lines
/// that it wrote.
/// </summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private const int MaxLinesKept = 50;

    // Everything behind the first line is the server's own script, which sets $server to its process.
    private const string Watchdog =
        """
        exec 3<&0
        {0}
        (read -r end <&3; kill -TERM $server 2>/dev/null) &
        reader=$!
        wait $server 2>/dev/null
        wait $server 2>/dev/null
        kill $reader $others 2>/dev/null
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    private readonly Process _shell;
    private readonly ConcurrentQueue<string> _lines = new();

    private PeerProcess(Process shell) => _shell = shell;

    public int Id => _shell.Id;

    public string Output => string.Join('\n', _lines);

    /// <param name="script">Starts the server in the background; its process goes into <c>$server</c>, helpers into <c>$others</c>.</param>
    public static PeerProcess Start(string script, string folder, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("sh", ["-c", Watchdog.Replace("{0}", script, StringComparison.Ordinal), "sh", folder])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var process = new PeerProcess(new Process { StartInfo = start });
        process._shell.OutputDataReceived += (_, e) => process.Keep(e.Data);
        process._shell.ErrorDataReceived += (_, e) => process.Keep(e.Data);
        process._shell.Start();
        process._shell.BeginOutputReadLine();
        process._shell.BeginErrorReadLine();
        return process;
    }

    /// <summary>Waits until something on the port says anything that begins so.</summary>
    /// <exception cref="PeerMissingException">It ended, or said nothing in a minute.</exception>
    public async Task UntilReady(string name, int port, string greeting, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (!_shell.HasExited && time.GetElapsedTime(began) < Patience)
        {
            if (await Greets(port, greeting, time, cancellationToken)) return;
            await Task.Delay(BetweenLooks, time, cancellationToken);
        }

        throw new PeerMissingException($"{name} does not come up: {Output}");
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await _shell.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _shell.Kill(entireProcessTree: true);
        }

        _shell.Dispose();
    }

    private static async Task<bool> Greets(int port, string greeting, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, either.Token);
            if (greeting.Length == 0) return true;
            using var reader = new StreamReader(client.GetStream());
            return (await reader.ReadLineAsync(either.Token))?.StartsWith(greeting, StringComparison.Ordinal) == true;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        _lines.Enqueue(line);
        if (_lines.Count > MaxLinesKept) _lines.TryDequeue(out _);
    }
}
