using System.Diagnostics;
using System.Globalization;
using Silo.LoadTest.Doors;
using Silo.LoadTest.Servers;

namespace Silo.LoadTest.Peers;

/// <summary>
/// Haraka from npm with its outbound queue, whose files are synced before 250, a process for each core, and a plugin of a few lines that
/// lets this machine relay to the sink.
/// </summary>
internal sealed class HarakaPeer : IPeer
{
    public const string Version = "3.3.4";

    // $1 is the folder, HARAKA_PROGRAM where npm has put it.
    private const string Script =
        """
        others=
        node "$HARAKA_PROGRAM" -c "$1" </dev/null &
        server=$!
        """;

    private static readonly TimeSpan InstallTime = TimeSpan.FromMinutes(5);

    private readonly PeerProcess _process;

    private HarakaPeer(PeerProcess process, SmtpDoorOptions door, IReadOnlyDictionary<string, string> configuration) =>
        (_process, Door, Configuration) = (process, door, configuration);

    public string Name => "Haraka";

    public SmtpDoorOptions Door { get; }

    public IReadOnlyList<int> Roots => [_process.Id];

    public IReadOnlyDictionary<string, string> Configuration { get; }

    /// <exception cref="PeerMissingException">It cannot be installed, or does not come up.</exception>
    public static async Task<IPeer> Start(PeerPlace place, TimeProvider time, CancellationToken cancellationToken)
    {
        var package = await Install(place.Cache, time, cancellationToken);
        var port = FreePort.Take();
        var values = new Dictionary<string, string>
        {
            ["port"] = port.ToString(CultureInfo.InvariantCulture),
            ["nodes"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
            ["plugins"] = (place.Case.Tls ? "tls\n" : "") + (place.Case.Dkim ? "dkim\n" : ""), ["concurrency"] = "100",
            ["tls"] = place.Case.Tls ? "true" : "false", ["domain"] = PeerPlace.Domain, ["selector"] = PeerPlace.Selector,
        };
        var files = new Dictionary<string, string>();
        var templates = Path.Combine(AppContext.BaseDirectory, "peers");
        foreach (var name in Directory.EnumerateFiles(Path.Combine(templates, "haraka"), "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(templates, f)))
        {
            if (!place.Case.Tls && name.EndsWith("tls.ini", StringComparison.Ordinal)) continue;
            if (!place.Case.Dkim && name.EndsWith("dkim.ini", StringComparison.Ordinal)) continue;
            files[name] = PeerPlace.Template(name, values);
            await Write(place, Path.GetRelativePath("haraka", name), files[name], cancellationToken);
        }

        // Without the greeting and the limits of its own file it does not answer.
        File.Copy(Path.Combine(package, "config", "connection.ini"), Path.Combine(place.Folder.FullName, "config", "connection.ini"));
        await Write(place, "config/tls_key.pem", place.Keys.TlsKey, cancellationToken);
        await Write(place, "config/tls_cert.pem", place.Keys.TlsCertificate, cancellationToken);
        await Write(place, $"config/dkim/{PeerPlace.Domain}/private", place.Keys.DkimPem, cancellationToken);
        await Write(place, $"config/dkim/{PeerPlace.Domain}/selector", PeerPlace.Selector, cancellationToken);
        place.Folder.CreateSubdirectory("queue");
        var process = PeerProcess.Start(Script, place.Folder.FullName, new Dictionary<string, string>
        {
            ["HARAKA_PROGRAM"] = Path.Combine(package, "bin", "haraka"),
            ["SILO_LOAD_SINK"] = place.Sink.Port.ToString(CultureInfo.InvariantCulture),
        });
        try
        {
            await process.UntilReady("Haraka", port, "220 ", time, cancellationToken);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }

        return new HarakaPeer(process, new SmtpDoorOptions("127.0.0.1", port, StartTls: place.Case.Tls, NamesTenants: false), files);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>The folder of the package, which the first call installs.</summary>
    private static async Task<string> Install(DirectoryInfo cache, TimeProvider time, CancellationToken cancellationToken)
    {
        var prefix = Path.Combine(cache.FullName, $"haraka-{Version}");
        var package = Path.Combine(prefix, "node_modules", "Haraka");
        if (File.Exists(Path.Combine(prefix, "installed"))) return package;
        Directory.CreateDirectory(prefix);
        string[] arguments = ["install", "--prefix", prefix, $"Haraka@{Version}", "--no-audit", "--no-fund", "--ignore-scripts"];
        var start = new ProcessStartInfo("npm", arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = prefix,
        };
        using var patience = new CancellationTokenSource(InstallTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var npm = Process.Start(start)!;
            var output = npm.StandardOutput.ReadToEndAsync(either.Token);
            var error = npm.StandardError.ReadToEndAsync(either.Token);
            await npm.WaitForExitAsync(either.Token);
            var said = await output + await error;
            if (npm.ExitCode != 0) throw new PeerMissingException($"npm install of Haraka ended with {npm.ExitCode}: {said}");
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new PeerMissingException($"Haraka cannot be installed: {e.Message}");
        }

        await File.WriteAllTextAsync(Path.Combine(prefix, "installed"), Version, cancellationToken);
        return package;
    }

    private static async Task Write(PeerPlace place, string name, string text, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.Combine(place.Folder.FullName, name));
        file.Directory!.Create();
        await File.WriteAllTextAsync(file.FullName, text, cancellationToken);
    }
}
