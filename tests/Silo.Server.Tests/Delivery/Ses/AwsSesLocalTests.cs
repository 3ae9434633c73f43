using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Silo.Core.Delivery;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Ses;
using Silo.Testing.EndToEnd;
using Xunit;
using static Silo.Server.Tests.Delivery.Ses.SesTransports;

namespace Silo.Server.Tests.Delivery.Ses;

/// <summary>Somebody else's idea of SES: the npm package aws-ses-v2-local, which checks shapes and keeps what it got.</summary>
public sealed class AwsSesLocalTests
{
    private static readonly string Folder = Path.Combine(Path.GetDirectoryName(ThisFile())!, "Local");

    [NpmFact]
    public async Task It_takes_what_is_handed_over_and_what_it_refuses_waits()
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "aws-ses-v2-local")))
        {
            using var install = Run("npm", ["ci", "--no-audit", "--no-fund"]);
            await install.WaitForExitAsync();
            Assert.Equal(0, install.ExitCode);
        }

        var port = FreePort();
        using var local = Run("node", [Path.Combine("node_modules", "aws-ses-v2-local", "dist", "cli.js"), "--host", "127.0.0.1", "--port", $"{port}"]);
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            await Patiently.Until(async () => await IsUp(http), () => "it listens");
            await using var transport = Transport($"http://127.0.0.1:{port}");
            var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(
                i => transport.Carry(HandOvers.To($"r{i}@example.com", messageId: $"0100-{i}", with: e => e with { ConfigurationSetName = "news" }))));
            Assert.All(results, r => Assert.Equal(DeliveryResultKind.HandedOver, r.Kind));
            var emails = JsonNode.Parse(await http.GetStringAsync("/store"))!["emails"]!.AsArray();
            Assert.Equal(results.Select(r => r.RemoteId!).Order(), emails.Select(e => (string)e!["messageId"]!).Order());
            Assert.Equal(Enumerable.Range(0, 10).Select(i => $"r{i}@example.com"), emails.Select(e => (string)e!["destination"]!["to"]![0]!).Order());
            Assert.All(emails, e => Assert.Equal("s@example.org", (string)e!["from"]!));
            // It tells no limits here, and refuses without a code: neither ends a message.
            Assert.InRange(transport.Pace.Rate, SesPace.UnknownRate, SesPace.UnknownRate + 10);
            var usual = HandOvers.To("r@example.com");
            var headless = new HandOver(HandOvers.OpenGate(), usual.Envelope, "r@example.com", "Subject: x\r\n\r\nx\r\n"u8.ToArray(), 1, TimeProvider.System);
            var refused = await transport.Carry(headless);
            Assert.Equal((DeliveryResultKind.RouteFailed, DeliveryStage.Mail), (refused.Kind, refused.Stage));
        }
        finally
        {
            local.Kill(entireProcessTree: true);
            await local.WaitForExitAsync();
        }
    }

    private static async Task<bool> IsUp(HttpClient http)
    {
        try
        {
            return (await http.GetAsync("/health-check")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static Process Run(string program, IEnumerable<string> arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        // Nobody reads it, and a full pipe would stop the program.
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}

/// <summary>Runs the test only where Node.js and npm are, and always where CI=true.</summary>
public sealed class NpmFactAttribute : FactAttribute
{
    public NpmFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") != "true" && (!Exists("node") || !Exists("npm"))) Skip = "Node.js and npm are not installed";
    }

    private static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(d => d.Length > 0 && File.Exists(Path.Combine(d, program)));
}
