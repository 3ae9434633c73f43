using System.Diagnostics;
using System.Globalization;
using Silo.Server.Access;

namespace Silo.Benchmarks.Send;

/// <summary>A server in a process of its own: this executable with another verb.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, string name, Uri endpoint, AccessKey? key, string submission)
    {
        (_process, Name, Endpoint, Key, Submission) = (process, name, endpoint, key, submission);
    }

    public string Name { get; }

    public int Id => _process.Id;

    public Uri Endpoint { get; }

    /// <summary>Null when the server checks no signatures.</summary>
    public AccessKey? Key { get; }

    /// <summary>address:port where it takes mail by SMTP; "-" where it takes none.</summary>
    public string Submission { get; }

    public static Task<ServerProcess> Start(string name, params string[] arguments) => Start(new ServerBuild(name, null, []), arguments);

    public static async Task<ServerProcess> Start(ServerBuild build, params string[] arguments)
    {
        var start = new ProcessStartInfo(build.Program ?? Environment.ProcessPath!)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        foreach (var (variable, value) in build.Environment) start.Environment[variable] = value;
        // Run as "dotnet Silo.Benchmarks.dll", the executable is the host, and wants to know of what.
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(typeof(ServerProcess).Assembly.Location);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        var words = await Answer(process);
        return new ServerProcess(process, build.Name, new Uri(words[1]), words[2] == "-" ? null : new AccessKey(words[2], words[3]), words[4]);
    }

    /// <summary>CPU time in µs and bytes allocated since its start, asked once everything it was given is done.</summary>
    public async Task<(double CpuMicroseconds, double AllocatedBytes)> Used()
    {
        await _process.StandardInput.WriteLineAsync("?");
        await _process.StandardInput.FlushAsync();
        var words = await Answer(_process);
        return (double.Parse(words[1], CultureInfo.InvariantCulture), double.Parse(words[2], CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<string[]> Answer(Process process) =>
        (await process.StandardOutput.ReadLineAsync() ?? throw new IOException("The server process ended.")).Split(' ');
}
