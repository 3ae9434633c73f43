using System.Diagnostics;
using Silo.LoadTest.Peers;
using Silo.LoadTest.Sinks;
using Silo.LoadTest.Sinks.Smtp;
using Silo.Testing;
using Xunit;

namespace Silo.LoadTest.Tests.Peers;

public sealed class PeerTests
{
    private static readonly DirectoryInfo NoCache = new("/nowhere");

    private static PeerOptions Options(params string[] names) =>
        new([new PeerCase(3, Dkim: true, Tls: true)], names, Rounds: 2, Messages: 60, WarmUp: 30, Connections: 4, Bytes: 500, NoCache);

    private static PeerRound Round(double perSecond, double? cpu) => new(0, perSecond, perSecond, cpu, 1, 2, 10, 1);

    private static PeerResult Result(string name, params PeerRound[] rounds) =>
        new(new PeerCase(1, false, false), name, rounds, null, new Dictionary<string, string> { ["conf"] = "a = b" });

    [Theory]
    [InlineData(2.0, new[] { 9.0, 1, 2 })]
    [InlineData(2.5, new[] { 9.0, 3, 1, 2 })]
    [InlineData(7.0, new[] { 7.0 })]
    public void A_median_is_the_middle_whatever_the_order(double median, double[] values) =>
        Assert.Equal(median, Result("a", [.. values.Select(v => Round(v, null))]).Median(r => r.PerSecond));

    [Fact]
    public void Without_a_round_there_is_no_median() => Assert.Null(Result("a").Median(r => r.CpuMs));

    [Fact]
    public void Silo_is_held_against_each_peer_by_CPU_and_by_rate()
    {
        var record = PeerRecord.Of(
            Options(), [Result("Postfix", Round(500, 4)), Result("Haraka", Round(250, 4)), Result("Silo, SQLite", Round(2_500, 0.5))],
            DateTimeOffset.UnixEpoch, 1, "peers");
        Assert.Equal(
            [("CPU", true), ("messages", true), ("CPU", false), ("messages", true)],
            record.Verdicts.Select(v => (v.Name.Split(", ")[^1].Split(' ')[0], v.Passed)));
        Assert.Equal("8.0 times (0.5 and 4)", record.Verdicts[0].Measured);
        Assert.Equal("a = b", record.Facts["Haraka, 1 tenant, plain: conf"]);
        Assert.Contains(record.Figures, f => f is { Name: "1 tenant, plain: Silo, SQLite: CPU", Value: 0.5, Unit: "ms/message" });
    }

    [Fact]
    public void A_server_that_is_not_here_is_said_to_be_left_out_and_judged_against_nothing()
    {
        var missing = new PeerResult(new PeerCase(1, false, false), "postfix", [], "it is not installed", new Dictionary<string, string>());
        var record = PeerRecord.Of(Options(), [missing, Result("Silo, SQLite", Round(1, 1))], DateTimeOffset.UnixEpoch, 1, "peers");
        Assert.Empty(record.Verdicts);
        Assert.Equal("left out: it is not installed", record.Facts["postfix, 1 tenant, plain"]);
    }

    [Theory]
    [InlineData("--rounds 0", "--rounds")]
    [InlineData("--messages 99", "--messages")]
    [InlineData("--tenants 1,x", "--tenants")]
    [InlineData("--tenants 300001", "--tenants")]
    [InlineData("--connections 501", "--connections")]
    [InlineData("--only sendmail", "--only")]
    public void What_cannot_be_measured_is_refused_by_its_option(string arguments, string named)
    {
        var (options, errors) = PeersCommand.Read(PeersCommand.Make().Parse(arguments));
        Assert.Null(options);
        Assert.StartsWith(named, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void DKIM_and_TLS_are_measured_with_and_without_for_each_number_of_tenants()
    {
        var (options, _) = PeersCommand.Read(PeersCommand.Make().Parse("--dkim --tls --tenants 1,30000"));
        Assert.Equal(8, options!.Cases.Distinct().Count());
        Assert.Equal(2, PeersCommand.Read(PeersCommand.Make().Parse("")).Options!.Cases.Count);
    }

    [Fact]
    public async Task The_same_mail_goes_through_Silo_signed_and_encrypted_and_all_of_it_arrives()
    {
        var results = await new PeerBench(Options("none", "sqlite"), _ => { }, TimeProvider.System).Run(default);
        Assert.Equal(["no server", "Silo, SQLite"], results.Select(r => r.Name));
        Assert.All(results, r => Assert.Equal(2, r.Rounds.Count));
        Assert.All(results[0].Rounds, r => Assert.Null(r.CpuMs));
        Assert.All(results[1].Rounds, r => Assert.True(r is { CpuMs: > 0, MemoryMiB: > 0, Processes: 1 }));
    }

    [PostfixFact]
    public async Task The_same_mail_goes_through_Postfix_with_its_process_tree_counted()
    {
        var options = Options("postfix") with { Cases = [new PeerCase(3, Dkim: false, Tls: true)] };
        var result = Assert.Single(await new PeerBench(options, _ => { }, TimeProvider.System).Run(default));
        Assert.Null(result.Missing);
        Assert.All(result.Rounds, r => Assert.True(r is { CpuMs: > 0, MemoryMiB: > 0, Processes: > 4 }));
        Assert.DoesNotContain('{', string.Concat(result.Configuration.Values));
    }

    [Fact]
    public async Task A_peer_that_keeps_mail_gives_no_figures()
    {
        // Its sink throws one away, as a server that loses mail would.
        var (sink, last) = Sink();
        await using var load = new PeerLoad(
            new("127.0.0.1", sink.Endpoint.Port, NamesTenants: false), new PeerCase(1, false, false), 2, 100, "feed", TimeProvider.System);
        var place = new PeerPlace(new PeerCase(1, false, false), NoCache, sink.Endpoint, 2, NoCache, null!);
        await using var peer = new MeasuredPeer(new NoPeer(place), sink, last, load, TimeProvider.System);
        await peer.Measure(100, 0, default);
        Assert.True(peer.Tally().IsClean);
        sink.Faults.Drop(1);
        await peer.Measure(100, 0, default);
        Assert.Equal((1, 199), (peer.Tally().Lost, peer.Tally().Delivered));
    }

    [Fact]
    public async Task A_load_deals_tenants_out_so_that_no_two_senders_share_a_lane()
    {
        foreach (var tenants in new[] { 1, 3, 10 })
        {
            var (sink, _) = Sink();
            await using var __ = sink;
            var of = new PeerCase(tenants, false, false);
            await using var load = new PeerLoad(
                new("127.0.0.1", sink.Endpoint.Port, NamesTenants: false), of, 4, 100, "feed", TimeProvider.System);
            await load.Run(120, default);
            var tally = sink.Tally(load.Sent);
            Assert.Empty(tally.Violations);
            Assert.Equal(120, tally.Delivered);
            Assert.Equal(Enumerable.Range(0, tenants), tally.Tenants().Select(t => t.Tenant));
        }
    }

    [Fact]
    public async Task A_tree_of_processes_counts_children_those_that_have_ended_included()
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", [
            "-c", "sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; echo done; read end",
        ]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await shell.StandardOutput.ReadLineAsync();
        Assert.True(ProcessTree.CpuSeconds([shell.Id]) > 0.02);
        Assert.Equal(1, ProcessTree.Count([shell.Id]));
        Assert.True(ProcessTree.MemoryBytes([shell.Id]) > 10_000);
        shell.StandardInput.Close();
        await shell.WaitForExitAsync();
        Assert.Equal(0, ProcessTree.CpuSeconds([shell.Id]));
    }

    private static (SmtpSink Sink, LastArrival Last) Sink()
    {
        var last = new LastArrival();
        var checks = new SinkChecks { OrderSlack = TimeSpan.Zero };
        return (new SmtpSink(new SinkOptions { Run = "feed", OnArrival = last.Note, Checks = checks }), last);
    }
}
