using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Silo.Core.Dkim;
using Silo.LoadTest.Sinks;
using Silo.LoadTest.Sinks.Smtp;

namespace Silo.LoadTest.Peers;

/// <param name="Names">Which of <see cref="PeerBench.All"/>.</param>
/// <param name="Rounds">That count, of each peer.</param>
/// <param name="Messages">Of a round.</param>
/// <param name="WarmUp">Messages through each server before the rounds that count.</param>
/// <param name="Bytes">Of the text of a message.</param>
internal sealed record PeerOptions(
    IReadOnlyList<PeerCase> Cases, IReadOnlyList<string> Names, int Rounds, int Messages, int WarmUp, int Connections, int Bytes,
    DirectoryInfo Cache);

/// <summary>
/// The same load through each server in turn, round by round, all of them up at the same time: what the machine does to one it does to the
/// others as well.
/// </summary>
internal sealed class PeerBench(PeerOptions options, Action<string> say, TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();

    public static IReadOnlyList<string> All { get; } = ["none", "postfix", "haraka", "sqlite", "postgres"];

    public async Task<IReadOnlyList<PeerResult>> Run(CancellationToken cancellationToken)
    {
        using var certificate = SelfSigned.Certificate("localhost", time);
        using var dkim = RSA.Create(2048);
        using var tls = certificate.GetECDsaPrivateKey()!;
        var keys = new PeerKeys(tls.ExportPkcs8PrivateKeyPem() + "\n", certificate.ExportCertificatePem() + "\n", dkim);
        var results = new List<PeerResult>();
        foreach (var of in options.Cases)
        {
            say($"{of.Name}:");
            results.AddRange(await Run(of, keys, of.Tls ? certificate : null, cancellationToken));
        }

        return results;
    }

    private async Task<List<PeerResult>> Run(
        PeerCase of, PeerKeys keys, X509Certificate2? certificate, CancellationToken cancellationToken)
    {
        var peers = new List<MeasuredPeer>();
        var results = new List<PeerResult>();
        var folder = Directory.CreateTempSubdirectory("silo-peers-");
        // Postfix runs as a user of its own.
        if (!OperatingSystem.IsWindows())
            folder.UnixFileMode |= UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        try
        {
            foreach (var name in options.Names)
            {
                try
                {
                    peers.Add(await Start(name, of, folder.CreateSubdirectory(name), keys, certificate, cancellationToken));
                }
                catch (PeerMissingException e)
                {
                    say($"  {name} is left out: {e.Message}");
                    results.Add(new PeerResult(of, name, [], e.Message, new Dictionary<string, string>()));
                }
            }

            // The first round is not kept: it warms up compilers, caches and connections.
            for (var round = 0; round <= options.Rounds; round++)
            {
                // Nobody is always the first, or always behind the same one.
                for (var i = 0; i < peers.Count; i++)
                {
                    var peer = peers[(i + round) % peers.Count];
                    var messages = round == 0 ? options.WarmUp : options.Messages;
                    var measured = await peer.Measure(messages, time.GetElapsedTime(_began).TotalSeconds, cancellationToken);
                    if (round > 0) peer.Rounds.Add(measured);
                    var cpu = measured.CpuMs is { } ms ? $"{ms:F2} ms of CPU a message" : "";
                    say($"  {(round == 0 ? "warm-up" : $"round {round}")}: {peer.Peer.Name}: {measured.PerSecond:F0} messages/s, {cpu}");
                }
            }

            foreach (var peer in peers) Check(peer, of.Tls);
            return [.. peers.Select(p => new PeerResult(of, p.Peer.Name, p.Rounds, null, p.Peer.Configuration)), .. results];
        }
        finally
        {
            foreach (var peer in peers) await peer.DisposeAsync();
            folder.Delete(recursive: true);
        }
    }

    private async Task<MeasuredPeer> Start(
        string name, PeerCase of, DirectoryInfo folder, PeerKeys keys,
        X509Certificate2? certificate, CancellationToken cancellationToken)
    {
        const string run = "feed";
        var last = new LastArrival();
        var record = DkimKeyRecord.Write(keys.Dkim.ExportSubjectPublicKeyInfo());
        var sink = new SmtpSink(new SinkOptions
        {
            Run = run, Certificate = certificate, OnArrival = last.Note, Time = time,
            Checks = new SinkChecks
            {
                // Peers promise no order.
                Order = false, DkimShare = of.Dkim && name != "none" ? 0.01 : 0, DkimKeys = _ => [record],
                AuthorDomain = "t{tenant}." + PeerPlace.Domain, SigningDomain = PeerPlace.Domain,
            },
        });
        try
        {
            var place = new PeerPlace(of, folder, sink.Endpoint, options.Connections, options.Cache, keys);
            var peer = name switch
            {
                "none" => new NoPeer(place),
                "postfix" => await PostfixPeer.Start(place, time, cancellationToken),
                "haraka" => await HarakaPeer.Start(place, time, cancellationToken),
                _ => await SiloPeer.Start(place, name == "postgres", Progress, time, cancellationToken),
            };
            return new MeasuredPeer(peer, sink, last, new PeerLoad(peer.Door, of, options.Connections, options.Bytes, run, time), time);
        }
        catch
        {
            await sink.DisposeAsync();
            throw;
        }

        void Progress(int made)
        {
            if (made % 5_000 == 0) say($"  {name}: {made:N0} tenants");
        }
    }

    /// <exception cref="InvalidOperationException">What came out is not what went in: the figures say nothing.</exception>
    private static void Check(MeasuredPeer peer, bool isEncrypted)
    {
        var tally = peer.Tally();
        if (isEncrypted && tally.Counts.Encrypted == 0)
            throw new InvalidOperationException($"{peer.Peer.Name} was to encrypt what it sends, and did not.");
        if (tally.IsClean) return;
        var words = tally.Violations.Select(v => $"{v.Fault} {v.Count} ({v.Examples.FirstOrDefault()})");
        throw new InvalidOperationException($"{peer.Peer.Name} did not do what it was asked: {string.Join(", ", words)}");
    }
}
