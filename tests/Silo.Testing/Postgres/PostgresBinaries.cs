using System.Diagnostics;

namespace Silo.Testing.Postgres;

/// <summary>Where the programs are, and how they run: PostgreSQL refuses to run as root, so root runs them as another user.</summary>
internal static class PostgresBinaries
{
    // Passes on a signal that it is told by name. When its input ends, the starter's process has ended: then nothing is left behind.
    private const string Watchdog =
        """
        root=$1; shift
        exec 3<&0
        "$@" </dev/null >>"$root/log" 2>&1 &
        server=$!
        (
            if read -r signal <&3; then kill -"$signal" $server
            else : >"$root/orphaned"; kill -QUIT $server
            fi
        ) &
        reader=$!
        wait $server 2>/dev/null
        kill $reader 2>/dev/null
        # Its processes may write for a moment after the main one.
        if [ -e "$root/orphaned" ]; then
            for again in 1 2 3 4 5; do rm -rf "$root" 2>/dev/null; [ -e "$root" ] || break; sleep 1; done
        fi
        """;

    private static readonly string[] AsAnother = Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows()
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
        : [];

    /// <summary>The folder of the newest version; null when none is installed.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>Makes the folder the server's own.</summary>
    public static void Give(string folder)
    {
        if (AsAnother.Length == 0) return;
        using var process = Process.Start("chown", ["postgres:postgres", folder]);
        process.WaitForExit();
    }

    public static async Task Run(string program, string folder, params string[] arguments)
    {
        var start = StartOf([.. AsAnother, Path.Combine(Folder!, program), .. arguments]);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (true, true, folder);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} failed: {await errors}");
    }

    /// <summary>The watchdog of a running server: it ends the server when its input ends, and itself with the server.</summary>
    public static Process Launch(string root, IEnumerable<string> arguments)
    {
        File.AppendAllText(Path.Combine(root, "log"), "");
        var start = StartOf(["sh", "-c", Watchdog, "sh", root, .. AsAnother, Path.Combine(Folder!, "postgres"), .. arguments]);
        (start.RedirectStandardInput, start.WorkingDirectory) = (true, root);
        return Process.Start(start)!;
    }

    private static ProcessStartInfo StartOf(string[] command) => new(command[0], command[1..]) { UseShellExecute = false };

    private static string? Find()
    {
        var installed = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return installed.OrderByDescending(v => int.TryParse(Path.GetFileName(v), out var version) ? version : 0)
            .Select(v => Path.Combine(v, "bin")).Concat(onPath)
            .FirstOrDefault(f => IsThere(Path.Combine(f, "initdb")) && IsThere(Path.Combine(f, "postgres")));
    }

    // A link without its target exists, as .NET has it.
    private static bool IsThere(string path) => File.Exists(path) && (File.ResolveLinkTarget(path, returnFinalTarget: true)?.Exists ?? true);
}
