using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Xunit;

namespace Silo.Testing;

/// <summary>
/// A throw-away Postfix (Debian's package postfix) on loopback that takes mail for the mailboxes of one domain, with TLS. It ends with the
/// process that started it, however that ends, and leaves nothing behind. Postfix can only be started by root.
/// </summary>
public sealed class PostfixServer : IAsyncDisposable
{
    private const string Master = "/usr/lib/postfix/sbin/master";

    // When its input ends, whoever started it has ended or wants it to end.
    private const string Watchdog =
        """
        root=$1
        cd "$root" && mkdir -p queue data mail
        for folder in active bounce corrupt defer deferred flush hold incoming private saved trace maildrop public pid; do mkdir "queue/$folder"; done
        chmod 755 . && chown postfix queue/* data mail && chown root queue/pid
        echo "virtual_uid_maps = static:$(id -u postfix)" >>conf/main.cf
        echo "virtual_gid_maps = static:$(id -g postfix)" >>conf/main.cf
        exec 3<&0
        /usr/lib/postfix/sbin/master -c "$root/conf" -d </dev/null >>"$root/log" 2>&1 &
        server=$!
        (read -r end <&3; kill -TERM $server 2>/dev/null) &
        reader=$!
        wait $server 2>/dev/null
        wait $server 2>/dev/null
        kill $reader 2>/dev/null
        rm -rf "$root"
        """;

    private readonly Process _watchdog;
    private readonly string _root;

    private PostfixServer(Process watchdog, string root, int port) => (_watchdog, _root, Port) = (watchdog, root, port);

    /// <summary>The package is installed, and this process may start it.</summary>
    public static bool IsAvailable => File.Exists(Master) && Environment.UserName == "root";

    public int Port { get; }

    /// <param name="domain">Whose mail it takes.</param>
    /// <param name="mailboxes">Their local parts; others are unknown users.</param>
    public static async Task<PostfixServer> Start(string domain, params string[] mailboxes)
    {
        for (var attempt = 1; ; attempt++)
        {
            var root = Directory.CreateTempSubdirectory("silo-postfix-").FullName;
            var conf = Directory.CreateDirectory(Path.Combine(root, "conf")).FullName;
            var port = FreePort();
            await File.WriteAllTextAsync(Path.Combine(conf, "main.cf"), MainConfiguration(root, domain, mailboxes));
            await File.WriteAllTextAsync(Path.Combine(conf, "master.cf"), Services(port));
            using (var certificate = SmtpSink.SelfSigned.Certificate("mx." + domain))
            {
                var key = certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
                await File.WriteAllTextAsync(Path.Combine(conf, "tls.pem"), key + "\n" + certificate.ExportCertificatePem() + "\n");
            }

            var start = new ProcessStartInfo("sh", ["-c", Watchdog, "sh", root]) { RedirectStandardInput = true, UseShellExecute = false };
            var server = new PostfixServer(Process.Start(start)!, root, port);
            if (await server.Greets()) return server;
            await server.DisposeAsync();
            // Somebody else may have taken the port in between.
            if (attempt == 5) throw new InvalidOperationException("Postfix does not start.");
        }
    }

    /// <summary>What a mailbox holds once it holds this many messages.</summary>
    public async Task<string> Mailbox(string localPart, int messages)
    {
        var path = Path.Combine(_root, "mail", localPart);
        while (true)
        {
            if (_watchdog.HasExited) throw new InvalidOperationException("Postfix has ended.");
            var text = File.Exists(path) ? await File.ReadAllTextAsync(path, Encoding.Latin1) : "";
            // Each is written under a lock and ends in an empty line.
            if (text.EndsWith("\n\n", StringComparison.Ordinal) && text.Split("Delivered-To:").Length - 1 >= messages) return text;
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _watchdog.StandardInput.Close();
        await _watchdog.WaitForExitAsync();
        _watchdog.Dispose();
    }

    // The group is any that is neither Postfix's nor nobody's: only its command-line programs would use it.
    private static string MainConfiguration(string root, string domain, string[] mailboxes) => $$"""
        compatibility_level = 3.6
        queue_directory = {{root}}/queue
        data_directory = {{root}}/data
        daemon_directory = /usr/lib/postfix/sbin
        mail_owner = postfix
        setgid_group = daemon
        myhostname = mx.{{domain}}
        mydestination =
        mynetworks =
        inet_protocols = ipv4
        virtual_mailbox_domains = {{domain}}
        virtual_mailbox_base = {{root}}/mail
        virtual_mailbox_maps = inline:{ {{string.Join(' ', mailboxes.Select(m => $"{m}@{domain}={m}"))}} }
        smtpd_relay_restrictions = reject_unauth_destination
        smtpd_tls_security_level = may
        smtpd_tls_received_header = yes
        smtpd_tls_chain_files = {{root}}/conf/tls.pem
        maillog_file = /dev/stdout
        alias_maps =

        """;

    private static string Services(int port) => string.Create(CultureInfo.InvariantCulture, $"""
        127.0.0.1:{port} inet n - n - - smtpd
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        virtual unix - n n - - virtual
        proxymap unix - - n - - proxymap
        tlsmgr unix - - n 1000? 1 tlsmgr
        anvil unix - - n - 1 anvil
        postlog unix-dgram n - n - 1 postlogd

        """);

    private async Task<bool> Greets()
    {
        while (!_watchdog.HasExited)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, Port);
                using var reader = new StreamReader(client.GetStream());
                if ((await reader.ReadLineAsync())?.StartsWith("220 mx.", StringComparison.Ordinal) == true) return true;
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // Not yet.
            }

            await Task.Delay(20);
        }

        return false;
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

/// <summary>A test that needs Postfix: skipped with a reason where it cannot be started, run (and failed) there when CI is set.</summary>
public sealed class PostfixFactAttribute : FactAttribute
{
    public PostfixFactAttribute() => Skip =
        PostfixServer.IsAvailable || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"))
            ? null
            : "Postfix is not installed, or this is not root";
}
