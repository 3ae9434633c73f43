using System.Net;
using System.Security.Cryptography;

namespace Silo.LoadTest.Peers;

/// <summary>Where a peer is set up and what it needs for that.</summary>
/// <param name="Folder">Its own, empty; gone afterwards.</param>
/// <param name="Sink">Where its mail goes.</param>
/// <param name="Connections">That load comes over, and that it may open to the sink.</param>
/// <param name="Cache">For what is installed once.</param>
internal sealed record PeerPlace(PeerCase Case, DirectoryInfo Folder, IPEndPoint Sink, int Connections, DirectoryInfo Cache, PeerKeys Keys)
{
    /// <summary>Of all senders' addresses, one label below.</summary>
    public const string Domain = "load.example";

    public const string Selector = "load";

    /// <summary>A template of <c>loadtest/peers</c> with its places filled in.</summary>
    public static string Template(string file, IReadOnlyDictionary<string, string> values)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "peers", file));
        foreach (var (name, value) in values) text = text.Replace($"{{{name}}}", value, StringComparison.Ordinal);
        return text;
    }
}

/// <summary>The same certificate and the same signing key for every server.</summary>
/// <param name="TlsKey">PEM.</param>
/// <param name="TlsCertificate">PEM.</param>
internal sealed record PeerKeys(string TlsKey, string TlsCertificate, RSA Dkim)
{
    public string DkimPem => Dkim.ExportRSAPrivateKeyPem();
}
