using Xunit;

namespace Silo.Conformance;

/// <summary>Unmodified SDKs, given nothing but an endpoint, drive the real server through every operation.</summary>
public sealed class SdkTests(ServerProcess server) : IClassFixture<ServerProcess>
{
    private static readonly string Folder = NodePackages.Folder;

    [NodeTheory]
    [InlineData("tenants.mjs")]
    [InlineData("reputation.mjs")]
    [InlineData("resources.mjs")]
    [InlineData("pools.mjs")]
    [InlineData("suppression.mjs")]
    [InlineData("events.mjs")]
    [InlineData("lists.mjs")]
    [InlineData("sending.mjs")]
    [InlineData("keys.mjs")]
    [InlineData("identities.mjs")]
    [InlineData("templates.mjs")]
    [InlineData("tracking.mjs")]
    [InlineData("insights.mjs")]
    [InlineData("metrics.mjs")]
    public async Task The_JavaScript_SDK_sees_what_SES_would_answer(string suite)
    {
        await NodePackages.Install();
        var (exitCode, output) = await Tool.Run("node", [Path.Combine("Sdk", suite)], Folder, server.Environment);
        Assert.True(exitCode == 0 && output.Contains("all rules hold"), $"{output}\n--- server ---\n{server.Output}");
    }

    [BotocoreFact]
    public async Task Botocore_walks_from_a_new_tenant_to_its_end()
    {
        var (exitCode, output) = await Tool.Run("python3", [Path.Combine("Sdk", "walkthrough.py")], Folder, server.Environment);
        Assert.True(exitCode == 0 && output.Contains("all rules hold"), $"{output}\n--- server ---\n{server.Output}");
    }
}
