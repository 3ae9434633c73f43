using System.Diagnostics;
using Xunit;

namespace Silo.Conformance;

/// <summary>Programs outside .NET that suites need. A missing one skips a test on a laptop and fails it where CI=true.</summary>
internal static class Tool
{
    public static async Task<(int ExitCode, string Output)> Run(
        string program, IEnumerable<string> arguments, string directory, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true,
            WorkingDirectory = directory };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>Null when the program runs, else the reason to skip.</summary>
    public static string? Missing(string program, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"'{program} {string.Join(' ', arguments)}' fails here";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"{program} is not installed";
        }
    }

    public static bool MustNotSkip => Environment.GetEnvironmentVariable("CI") == "true";
}

/// <summary>Runs the cases only where Node.js is.</summary>
public sealed class NodeTheoryAttribute : TheoryAttribute
{
    public NodeTheoryAttribute()
    {
        if (!Tool.MustNotSkip) Skip = Tool.Missing("node", "--version") ?? Tool.Missing("npm", "--version");
    }
}

/// <summary>Runs the test only where a program is.</summary>
public sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(params string[] command)
    {
        if (!Tool.MustNotSkip) Skip = Tool.Missing(command[0], command[1..]);
    }
}

/// <summary>Runs the test only where Python has botocore.</summary>
public sealed class BotocoreFactAttribute : FactAttribute
{
    public BotocoreFactAttribute()
    {
        if (!Tool.MustNotSkip) Skip = Tool.Missing("python3", "-c", "import botocore");
    }
}
