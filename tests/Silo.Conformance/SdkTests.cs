using System.Runtime.CompilerServices;
using Xunit;

namespace Silo.Conformance;

/// <summary>Unmodified SDKs, given nothing but an endpoint, drive the real server through every operation.</summary>
public sealed class SdkTests(ServerProcess server) : IClassFixture<ServerProcess>
{
    private static readonly string Folder = Path.GetDirectoryName(ThisFile())!;

    [NodeTheory]
    [InlineData("tenants.mjs")]
    [InlineData("reputation.mjs")]
    [InlineData("resources.mjs")]
    [InlineData("pools.mjs")]
    [InlineData("suppression.mjs")]
    [InlineData("events.mjs")]
    [InlineData("sending.mjs")]
    [InlineData("templates.mjs")]
    public async Task The_JavaScript_SDK_sees_what_SES_would_answer(string suite)
    {
        await InstallPackages();
        var (exitCode, output) = await Tool.Run("node", [Path.Combine("Sdk", suite)], Folder, server.Environment);
        Assert.True(exitCode == 0 && output.Contains("all rules hold"), $"{output}\n--- server ---\n{server.Output}");
    }

    [BotocoreFact]
    public async Task Botocore_walks_from_a_new_tenant_to_its_end()
    {
        var (exitCode, output) = await Tool.Run("python3", [Path.Combine("Sdk", "walkthrough.py")], Folder, server.Environment);
        Assert.True(exitCode == 0 && output.Contains("all rules hold"), $"{output}\n--- server ---\n{server.Output}");
    }

    private static async Task InstallPackages()
    {
        if (Directory.Exists(Path.Combine(Folder, "node_modules", "@aws-sdk", "client-sesv2"))) return;
        var (exitCode, output) = await Tool.Run("npm", ["ci", "--no-audit", "--no-fund"], Folder, new Dictionary<string, string>());
        Assert.True(exitCode == 0, output);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
