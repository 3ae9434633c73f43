using System.Globalization;
using Silo.LoadTest.Doors;
using Silo.LoadTest.Servers;

namespace Silo.LoadTest.Peers;

/// <summary>
/// Postfix as Debian installs it, with folders of its own; its durability is its default: the queue file is synced before 250. OpenDKIM
/// signs for it as a milter. Only root can start it.
/// </summary>
internal sealed class PostfixPeer : IPeer
{
    private const string Libexec = "/usr/lib/postfix/sbin";
    private const string OpenDkim = "/usr/sbin/opendkim";

    // $1 is the folder. What Postfix writes to must be its user's, and the rest root's.
    private const string Script =
        """
        cd "$1" && mkdir -p queue data log
        cd queue && mkdir active bounce corrupt defer deferred flush hold incoming private saved trace maildrop public pid && cd ..
        chmod 755 . && chown postfix queue/* data && chown root queue/pid
        others=
        if [ -f opendkim.conf ]; then /usr/sbin/opendkim -f -x opendkim.conf & others=$!; fi
        /usr/lib/postfix/sbin/master -c "$1/conf" -d </dev/null &
        server=$!
        """;

    private readonly PeerProcess _process;

    private PostfixPeer(PeerProcess process, SmtpDoorOptions door, IReadOnlyDictionary<string, string> configuration) =>
        (_process, Door, Configuration) = (process, door, configuration);

    public string Name => "Postfix";

    public SmtpDoorOptions Door { get; }

    public IReadOnlyList<int> Roots => [_process.Id];

    public IReadOnlyDictionary<string, string> Configuration { get; }

    /// <exception cref="PeerMissingException">It is not installed, this is not root, or it does not come up.</exception>
    public static async Task<IPeer> Start(PeerPlace place, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!File.Exists($"{Libexec}/master")) throw new PeerMissingException("Debian's package postfix is not installed");
        if (place.Case.Dkim && !File.Exists(OpenDkim)) throw new PeerMissingException("Debian's package opendkim is not installed");
        if (Environment.UserName != "root") throw new PeerMissingException("only root can start Postfix");
        var root = place.Folder.FullName;
        var (port, milter) = (FreePort.Take(), FreePort.Take());
        var tls = Path.Combine(root, "conf", "tls.pem");
        var values = new Dictionary<string, string>
        {
            ["root"] = root, ["libexec"] = Libexec, ["port"] = Text(port), ["sink"] = Text(place.Sink.Port),
            ["connections"] = Text(place.Connections), ["tls"] = place.Case.Tls ? "may" : "none", ["tlsfile"] = place.Case.Tls ? tls : "",
            ["milter"] = place.Case.Dkim ? $"inet:127.0.0.1:{milter}" : "",
        };
        var files = new Dictionary<string, string>
        {
            ["postfix/main.cf"] = PeerPlace.Template("postfix/main.cf", values),
            ["postfix/master.cf"] = PeerPlace.Template("postfix/master.cf", values),
        };
        var conf = place.Folder.CreateSubdirectory("conf");
        foreach (var (name, text) in files)
            await File.WriteAllTextAsync(Path.Combine(conf.FullName, Path.GetFileName(name)), text, cancellationToken);
        await File.WriteAllTextAsync(tls, place.Keys.TlsKey + "\n" + place.Keys.TlsCertificate, cancellationToken);
        if (place.Case.Dkim) files["opendkim/opendkim.conf"] = await ConfigureDkim(place, milter, cancellationToken);
        var process = PeerProcess.Start(Script, root);
        try
        {
            if (place.Case.Dkim) await process.UntilReady("OpenDKIM", milter, "", time, cancellationToken);
            await process.UntilReady("Postfix", port, "220 ", time, cancellationToken);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }

        return new PostfixPeer(process, new SmtpDoorOptions("127.0.0.1", port, StartTls: place.Case.Tls, NamesTenants: false), files);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<string> ConfigureDkim(PeerPlace place, int milter, CancellationToken cancellationToken)
    {
        var key = Path.Combine(place.Folder.FullName, "dkim.pem");
        await File.WriteAllTextAsync(key, place.Keys.DkimPem, cancellationToken);
        var text = PeerPlace.Template("opendkim/opendkim.conf", new Dictionary<string, string>
        {
            ["milter"] = Text(milter), ["key"] = key, ["domain"] = PeerPlace.Domain, ["selector"] = PeerPlace.Selector,
        });
        await File.WriteAllTextAsync(Path.Combine(place.Folder.FullName, "opendkim.conf"), text, cancellationToken);
        return text;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
