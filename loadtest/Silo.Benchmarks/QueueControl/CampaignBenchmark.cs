using System.Globalization;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.QueueControl;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Hosting;
using Silo.Server.Tenants;
using Silo.Storage;
using Silo.Storage.Sqlite;

namespace Silo.Benchmarks.QueueControl;

/// <summary>
/// How long one order takes to stop a campaign that lies in the queue and is leaving: from the call to its acknowledgement, after which
/// nothing of it begins to leave; and until the queue is in line with it. The tenant's other mail goes on meanwhile.
/// </summary>
internal static class CampaignBenchmark
{
    public const string Usage = "[--messages 1000000] [--rate 2000] [--other-rate 20] [--hold] [--directory PATH]";

    private const string Tenant = "campaigner";
    private const int Calls = 512;

    public static async Task<int> Run(string[] arguments)
    {
        var messages = Number(arguments, "--messages", 1_000_000);
        var directory = Directory.CreateDirectory(
            Path.Combine(Text(arguments, "--directory") ?? Path.GetTempPath(), $"silo-campaign-{Environment.ProcessId}"));
        try
        {
            await using var server = await Server.Start(directory.FullName, messages);
            await Measure(
                server, messages, Number(arguments, "--rate", 2_000), Number(arguments, "--other-rate", 20),
                arguments.Contains("--hold") ? QueueAction.Hold : QueueAction.Cancel);
            return 0;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task Measure(Server server, int messages, int rate, int otherRate, QueueAction action)
    {
        var began = TimeProvider.System.GetTimestamp();
        await server.Fill(messages);
        Print($"{messages:N0} messages are queued after {Seconds(began):F1} s");
        await server.Tenant.SetLimits(new TenantLimits { SendRate = rate, SendBurst = rate }, default);
        while ((await server.Books()).Delivered < Math.Min(rate, messages / 10)) await Task.Delay(10);

        using var stop = new CancellationTokenSource();
        var others = SendOthers(server, otherRate, stop.Token);
        var campaign = new QueueFilter { TagName = "campaign" };
        var order = new QueueOrder("campaign", action, campaign, TimeProvider.System.GetUtcNow(), "benchmark");
        began = TimeProvider.System.GetTimestamp();
        var reply = await server.Tenant.OrderQueue(order, default);
        server.Starts.NoneAfter = TimeProvider.System.GetUtcNow();
        Print($"acknowledged after {Seconds(began) * 1000:F1} ms, {reply.DialoguesBegun} dialogues had begun");
        while (await server.Remaining(action) > 0) await Task.Delay(50);
        Print($"the queue was in line after {Seconds(began):F1} s");
        await stop.CancelAsync();
        var waits = await others;
        waits.Sort();
        Print($"of the campaign {server.Starts.Late:N0} began after the acknowledgement, {server.Starts.Count:N0} in all");
        if (waits.Count > 0)
            Print($"other mail from call to accepted: {waits.Count:N0}, p50 {waits[waits.Count / 2]:F1} ms, longest {waits[^1]:F1} ms");
    }

    private static async Task<List<double>> SendOthers(Server server, int rate, CancellationToken stop)
    {
        var waits = new List<double>();
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / rate));
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var began = TimeProvider.System.GetTimestamp();
            await server.Send($"other-{i}", "r@other.example", []);
            waits.Add(Seconds(began) * 1000);
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }

        return waits;
    }

    private static double Seconds(long since) => TimeProvider.System.GetElapsedTime(since).TotalSeconds;

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));

    private static int Number(string[] arguments, string name, int otherwise) =>
        Text(arguments, name) is { } text ? int.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : otherwise;

    private static string? Text(string[] arguments, string name)
    {
        var at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;
    }

    /// <summary>A way out whose dialogues take a moment, that counts what begins of the campaign.</summary>
    private sealed class CampaignStarts : ITransport
    {
        private static readonly DeliveryResult Delivered = new() { Kind = DeliveryResultKind.Delivered, Stage = DeliveryStage.FinalDot };

        private int _count;
        private int _late;

        public DateTimeOffset NoneAfter { get; set; } = DateTimeOffset.MaxValue;

        public int Count => Volatile.Read(ref _count);

        public int Late => Volatile.Read(ref _late);

        public async ValueTask<DeliveryResult> Deliver(HandOver handOver, CancellationToken cancellationToken)
        {
            // First a connection, then the gate, then the dialogue.
            await Task.Delay(5, cancellationToken);
            if (!handOver.TryBegin()) return DeliveryResult.NotStarted;
            var isCampaign = handOver.Envelope.Tags.Count > 0;
            if (isCampaign) Interlocked.Increment(ref _count);
            await Task.Delay(5, cancellationToken);
            if (handOver.Aborted.IsCancellationRequested) return DeliveryResult.NotStarted;
            handOver.Begun();
            await Task.Delay(20, cancellationToken);
            if (isCampaign && handOver.StartedAt > NoneAfter) Interlocked.Increment(ref _late);
            return Delivered;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>The real server in this process, on SQLite.</summary>
    private sealed class Server(WebApplication app, ISiloStore store, CampaignStarts starts) : IAsyncDisposable
    {
        private static readonly MessageTag[] Campaign = [new("campaign", "spring")];

        public CampaignStarts Starts => starts;

        public ITenant Tenant { get; } = app.Services.GetRequiredService<ITenants>().Get(CampaignBenchmark.Tenant);

        public static async Task<Server> Start(string directory, int messages)
        {
            var (settings, _) = SiloSettings.Read(new ConfigurationBuilder().Build());
            settings.Silo.DataDirectory = directory;
            settings.Silo.Http.Url = "http://127.0.0.1:0";
            (settings.Tenants.SendRate, settings.Tenants.SendBurst) = (0.01, 1);
            settings.Tenants.BacklogCap = messages + 1_000_000L;
            var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = directory }, TimeProvider.System, default);
            var store = ((StoreOpening.Opened)opening).Store;
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var starts = new CampaignStarts();
            builder.WebHost.UseUrls(settings.Silo.Http.Url);
            SiloServer.Add(builder, settings, store, SiloServer.AddEmbeddedEngine);
            builder.Services.AddSingleton<ITransport>(starts);
            var app = builder.Build();
            await app.StartAsync();
            var server = new Server(app, store, starts);
            await server.Tenant.Create(new CreateTenant("tn-campaigner", null, []), default);
            return server;
        }

        public async Task Fill(int messages)
        {
            var next = -1;
            await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => Task.Run(async () =>
            {
                while (Interlocked.Increment(ref next) is var i && i < messages)
                    await Send($"m-{i}", $"r{i}@campaign.example", Campaign);
            })));
        }

        public async Task Send(string id, string recipient, MessageTag[] tags)
        {
            var content = new byte[1_024];
            var envelope = new Envelope
            {
                MessageId = id, TenantName = CampaignBenchmark.Tenant, Sender = "s@sender.example", FromAddress = "s@sender.example",
                IdentityArn = "arn", Tags = tags, Destination = [recipient], AcceptedAt = TimeProvider.System.GetUtcNow(),
                SizeBytes = content.Length,
            };
            var admission = await Tenant.Admit(new AdmitMessage(new SendScope([]), envelope, content, [recipient], []), default);
            if (admission.Refusal is { } refusal) throw new InvalidOperationException($"The message was refused: {refusal.Result}.");
        }

        public async Task<TenantBooks> Books() => (await Tenant.Describe(default))!.Books;

        /// <summary>What the order has still to do.</summary>
        public async Task<long> Remaining(QueueAction action)
        {
            if (action == QueueAction.Cancel) return (await Tenant.Describe(default))!.Orders.Count;
            var counts = await store.Spool.CountQueued(default);
            return counts.Where(c => c.TenantName == CampaignBenchmark.Tenant).Sum(c => c.Queued);
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync();
            await app.DisposeAsync();
            await store.DisposeAsync();
        }
    }
}
