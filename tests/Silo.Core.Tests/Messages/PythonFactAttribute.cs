using System.Diagnostics;
using Xunit;

namespace Silo.Core.Tests.Messages;

/// <summary>A test that needs python3: skipped with a reason on a machine without it, run (and failed) there under CI=true.</summary>
internal sealed class PythonFactAttribute : FactAttribute
{
    public PythonFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") == "true" || Exists()) return;
        Skip = "python3 is not on the path; its email package is the second reader of composed messages";
    }

    private static bool Exists()
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        return path.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "python3")));
    }

    public static Process Start(string script)
    {
        var start = new ProcessStartInfo("python3") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Messages", script));
        return Process.Start(start)!;
    }
}
