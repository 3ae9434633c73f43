using Xunit;

namespace Silo.Conformance;

/// <summary>Unmodified clients of SMTP, given nothing but host, port, user and password, submit to the real server.</summary>
public sealed class SmtpTests(SmtpServer server) : IClassFixture<SmtpServer>
{
    private const string Recipient = "success@simulator.amazonses.com";
    private static readonly string Folder = Path.Combine(NodePackages.Folder, "Smtp");

    [ToolFact("python3", "--version")]
    public async Task The_example_of_SES_with_a_tenant_runs_with_another_host()
    {
        var (exitCode, output) = await Tool.Run("python3", [Path.Combine(Folder, "example.py")], Folder, server.Environment);
        Assert.True(exitCode == 0 && output.Contains("all rules hold"), $"{output}\n--- server ---\n{server.Output}");
    }

    [ToolFact("npm", "--version")]
    public async Task Nodemailer_sends_over_both_kinds_of_TLS_and_checks_the_certificate()
    {
        await NodePackages.Install();
        var (exitCode, output) = await Tool.Run("node", [Path.Combine(Folder, "nodemailer.mjs")], Folder, server.Environment);
        Assert.True(exitCode == 0 && output.Contains("all rules hold"), $"{output}\n--- server ---\n{server.Output}");
    }

    [ToolFact("swaks", "--version")]
    public async Task Swaks_logs_in_by_both_ways_with_pipelining_and_without()
    {
        string[][] ways =
        [
            ["--tls", "--auth", "PLAIN", "--port", $"{server.Port}"],
            ["--tlsc", "--auth", "LOGIN", "--port", $"{server.TlsPort}"],
            ["--auth", "LOGIN", "--pipeline", "--port", $"{server.Port}"],
        ];
        foreach (var way in ways)
        {
            var (exitCode, output) = await Tool.Run(
                "swaks",
                [
                    "--server", "127.0.0.1", .. way, "--auth-user", server.Environment["SMTP_USER"], "--auth-password", SmtpServer.Password,
                    "--from", "sender@example.com", "--to", Recipient, "--h-X-SES-TENANT", "acme", "--h-X-SES-CONFIGURATION-SET", "news",
                ],
                Folder, server.Environment);
            Assert.True(exitCode == 0 && output.Contains("250 Ok "), $"{output}\n--- server ---\n{server.Output}");
        }
    }

    [ToolFact("sh", "-c", "test -x /usr/sbin/smtp-source")]
    public async Task Smtp_source_submits_many_messages_over_many_connections_from_a_trusted_network()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            file,
            "From: sender@example.com\nTo: success@simulator.amazonses.com\nSubject: load\nX-SES-TENANT: acme\nX-SES-CONFIGURATION-SET: news\n\nHello\n");
        var (exitCode, output) = await Tool.Run(
            "/usr/sbin/smtp-source",
            ["-c", "-d", "-s", "10", "-m", "200", "-F", file, "-f", "sender@example.com", "-t", Recipient, $"127.0.0.1:{server.Port}"],
            Folder, server.Environment);
        File.Delete(file);
        Assert.True(exitCode == 0 && output.TrimEnd().EndsWith("200", StringComparison.Ordinal), $"{output}\n--- server ---\n{server.Output}");
    }
}
