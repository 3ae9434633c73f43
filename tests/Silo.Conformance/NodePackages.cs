using System.Runtime.CompilerServices;
using Xunit;

namespace Silo.Conformance;

/// <summary>The packages of package.json, installed once for all suites that run at a time.</summary>
internal static class NodePackages
{
    private static readonly Lazy<Task> Installation = new(Restore);

    /// <summary>Where package.json stands.</summary>
    public static string Folder { get; } = Path.GetDirectoryName(ThisFile())!;

    public static Task Install() => Installation.Value;

    private static async Task Restore()
    {
        if (IsThere("@aws-sdk", "client-sesv2") && IsThere("nodemailer")) return;
        var (exitCode, output) = await Tool.Run("npm", ["ci", "--no-audit", "--no-fund"], Folder, new Dictionary<string, string>());
        Assert.True(exitCode == 0, output);
    }

    private static bool IsThere(params string[] package) => Directory.Exists(Path.Combine([Folder, "node_modules", .. package]));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
