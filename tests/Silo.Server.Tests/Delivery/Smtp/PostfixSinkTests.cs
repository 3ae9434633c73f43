using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Silo.Core.Delivery;
using Silo.Server.Delivery;
using Xunit;
using static Silo.Server.Tests.Delivery.Smtp.SmtpRelayTransportTests;

namespace Silo.Server.Tests.Delivery.Smtp;

/// <summary>Against a server that others wrote: smtp-sink of Postfix.</summary>
public class PostfixSinkTests
{
    private const string Program = "/usr/sbin/smtp-sink";

    [PostfixSinkFact]
    public async Task Messages_arrive_at_the_smtp_sink_of_Postfix_as_they_were() => await Arrive(DeliveryResultKind.HandedOver, async port =>
    {
        await using var relay = Relay(port);
        return await Task.WhenAll(Enumerable.Range(0, 50).Select(i => relay.Carry(HandOvers.To($"r{i}@example.com"))));
    });

    [PostfixSinkFact]
    public async Task Messages_arrive_at_an_MX_host_that_is_the_smtp_sink_of_Postfix() => await Arrive(DeliveryResultKind.Delivered, async port =>
    {
        await using var mx = new Mx.MxUnderTest(port).Domain("example.com", "127.0.0.1");
        return await Task.WhenAll(Enumerable.Range(0, 50).Select(i => mx.Carry($"r{i}@example.com")));
    });

    private static async Task Arrive(DeliveryResultKind expected, Func<int, Task<DeliveryResult[]>> send)
    {
        var folder = Directory.CreateTempSubdirectory("silo-sink-");
        var port = FreePort();
        string[] asRoot = Environment.UserName == "root" ? ["-u", "root"] : [];
        string[] arguments = [.. asRoot, "-d", folder.FullName + "/%s.", $"127.0.0.1:{port}", "64"];
        using var process = Process.Start(new ProcessStartInfo(Program, arguments))!;
        try
        {
            await UntilItListens(port, process);
            Assert.All(await send(port), r => Assert.Equal(expected, r.Kind));
            var files = folder.GetFiles().Select(f => File.ReadAllText(f.FullName, Encoding.ASCII)).ToList();
            Assert.Equal(50, files.Count);
            for (var i = 0; i < 50; i++)
                Assert.Single(files, f => f.Contains($"To: r{i}@example.com\n\n.hello\n", StringComparison.Ordinal));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
            folder.Delete(recursive: true);
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static async Task UntilItListens(int port, Process process)
    {
        while (!process.HasExited)
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException)
            {
                await Task.Yield();
            }
        }

        Assert.Fail("smtp-sink ended with " + process.ExitCode);
    }

    /// <summary>Skipped where smtp-sink is not installed, but not in CI: there its absence is a failure.</summary>
    private sealed class PostfixSinkFactAttribute : FactAttribute
    {
        public PostfixSinkFactAttribute()
        {
            if (!File.Exists(Program) && Environment.GetEnvironmentVariable("CI") != "true")
                Skip = $"{Program} is not installed (Debian package postfix)";
        }
    }
}
