using Orleans;
using Silo.Benchmarks.Cluster;
using Silo.Core.Messages;
using Silo.Core.Suspension;
using Silo.Server.Tenants;
using Spectre.Console;

namespace Silo.Benchmarks.Grains;

/// <summary>
/// Admit from a cluster client over TCP to one silo, beside a call of a grain that does nothing with the same payload, in turns. Between
/// the two stands Admit for a tenant that is paused: all that the tenant's grain does but to store the message.
/// </summary>
internal static class GrainBenchmark
{
    public const string Usage = "[--calls 20000] [--rounds 5] [--warm-up 40000] [--tenants 300] [--under-way 384] [--body-bytes 4096]";

    private static int _number;

    public static async Task<int> Run(string[] arguments)
    {
        var (calls, rounds) = (ClusterArguments.Number(arguments, "--calls", 20_000), ClusterArguments.Number(arguments, "--rounds", 5));
        var (tenants, underWay) = (ClusterArguments.Number(arguments, "--tenants", 300), ClusterArguments.Number(arguments, "--under-way", 384));
        var warmUp = ClusterArguments.Number(arguments, "--warm-up", 40_000);
        var body = new byte[ClusterArguments.Number(arguments, "--body-bytes", 4096)];
        await using var cluster = await MeasuredSilo.Cluster();
        var silo = await cluster.StartSilo();
        using var client = await MeasuredSilo.Connect(cluster);
        var (all, grains) = (client.Services.GetRequiredService<ITenants>(), client.Services.GetRequiredService<IGrainFactory>());
        foreach (var kind in new[] { "sending", "paused" })
            for (var i = 0; i < tenants; i++) await Create(all.Get($"{kind}-{i}"), paused: kind == "paused");
        (string Name, Func<int, ValueTask> Call)[] kinds =
        [
            ("bare grain", i => Bare(grains.GetGrain<IProbeGrain>($"bare-{i % tenants}"), Message($"bare-{i % tenants}", body))),
            ("Admit, tenant paused", i => Admit(all, $"paused-{i % tenants}", body, AdmissionResult.Disabled)),
            ("Admit, stored", i => Admit(all, $"sending-{i % tenants}", body, AdmissionResult.Admitted)),
        ];
        foreach (var (_, call) in kinds) await MeasuredSilo.Repeat(warmUp, underWay, call);

        var results = kinds.Select(_ => new List<double[]>()).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (k, (_, call)) in kinds.Index())
            {
                var (before, began) = (Used(), TimeProvider.System.GetTimestamp());
                await MeasuredSilo.Repeat(calls, underWay, call);
                var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
                results[k].Add([calls / seconds, .. Used().Zip(before, (now, then) => (now - then) / calls)]);
            }
        }

        double[] Used() =>
            [CpuTime.OfProcess(silo.Process.Id), CpuTime.OfProcess(Environment.ProcessId), CpuTime.OfFamily(cluster.Database.ProcessId)];

        double Median(int kind, int figure) => new Percentiles(results[kind].Select(r => r[figure])).At(0.5);
        var table = new Table().AddColumns("", "calls/s", "ratio", "silo CPU µs/call", "client CPU µs/call", "PostgreSQL CPU µs/call");
        foreach (var (k, (name, _)) in kinds.Index())
        {
            table.AddRow(
                name, $"{Median(k, 0):N0}", $"{Median(k, 0) / Median(0, 0):F2}", $"{Median(k, 1):F1}", $"{Median(k, 2):F1}", $"{Median(k, 3):F1}");
        }

        AnsiConsole.Profile.Width = 150;
        AnsiConsole.WriteLine(
            $"{rounds} rounds of {calls:N0} calls after {warmUp:N0} that warm up, {underWay} under way, {tenants} tenants, "
            + $"{body.Length:N0} bytes; medians");
        AnsiConsole.Write(table);
        return 0;
    }

    private static async Task Create(ITenant tenant, bool paused)
    {
        var number = Interlocked.Increment(ref _number);
        var created = await tenant.Create(new CreateTenant($"tn-{number:x30}", null, []), default);
        if (created.Result != CreateTenantResult.Created) throw new InvalidOperationException($"{created.Result}");
        if (paused) await tenant.SetStatus(new SetStatus(StatusOrigin.CustomerManaged, SendingStatus.Disabled, "Measured while paused."), default);
    }

    private static async ValueTask Bare(IProbeGrain grain, AdmitMessage message)
    {
        if ((await grain.Admit(message, default)).Refusal is not null) throw new InvalidOperationException();
    }

    private static async ValueTask Admit(ITenants all, string tenant, byte[] body, AdmissionResult expected)
    {
        var result = (await all.Get(tenant).Admit(Message(tenant, body), default)).Refusal?.Result ?? AdmissionResult.Admitted;
        if (result != expected) throw new InvalidOperationException($"{tenant}: {result}");
    }

    private static AdmitMessage Message(string tenant, byte[] body)
    {
        var number = Interlocked.Increment(ref _number);
        string[] recipients = [$"user{number}@recipient.example"];
        var envelope = new Envelope
        {
            MessageId = $"0100018f00000000-00000000-0000-0000-0000-{number:x12}-000000", TenantName = tenant, Sender = "news@sender.example",
            FromAddress = "news@sender.example", IdentityArn = "arn:aws:ses:us-east-1:000000000000:identity/sender.example",
            Subject = "News of today", Destination = recipients, AcceptedAt = TimeProvider.System.GetUtcNow(), SizeBytes = body.Length,
        };
        return new AdmitMessage(new SendScope([]), envelope, body, recipients, []);
    }
}
