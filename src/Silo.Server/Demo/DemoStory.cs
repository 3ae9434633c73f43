using System.Globalization;

namespace Silo.Server.Demo;

/// <summary>Three tenants send; the list of one of them goes bad; it is paused, and the other two go on.</summary>
internal sealed class DemoStory(DemoOptions options, DemoServer server, DemoChronicle chronicle, TimeProvider time)
{
    private const int Seed = 42;
    private static readonly TimeSpan RateSpan = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AftermathTold = TimeSpan.FromSeconds(3);

    private readonly DemoTraffic[] _traffic = [.. DemoTenant.All.Select((t, i) => new DemoTraffic(server.Client, t, Seed + i, time))];
    private readonly Dictionary<string, Queue<DemoSample>> _samples =
        DemoTenant.All.ToDictionary(t => t.Name, _ => new Queue<DemoSample>(), StringComparer.Ordinal);
    private bool _turned;
    private bool _aftermathTold;

    public DemoOptions Options => options;

    public DemoChronicle Chronicle => chronicle;

    /// <summary>Each tenant with two of its samples: the newest, and one from about three seconds before it.</summary>
    public IEnumerable<(DemoTenant Tenant, DemoSample Earlier, DemoSample Now)> Latest() =>
        DemoTenant.All.Select(t => (t, _samples[t.Name].Peek(), _samples[t.Name].Last()));

    public string[] HowToLook() =>
    [
        "Look for yourself while it runs: any AWS SDK with this endpoint, or",
        $"curl -s {server.Endpoint}v2/email/tenants/get -H content-type:application/json \\",
        $"  --aws-sigv4 aws:amz:{server.Region}:ses \\",
        $"  -u {server.Key.Id}:{server.Key.Secret} -d '{{\"TenantName\":\"{DemoTenant.Bad.Name}\"}}'",
    ];

    /// <summary>Plays it to its end, or until it is told to stop, and calls back whenever there is something new to show.</summary>
    public async Task<DemoResult> Play(Action show, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        chronicle.Begin();
        chronicle.Say("", "Three tenants send through the SES v2 API: each message is signed, and on disk before it is answered.");
        var traffic = _traffic.Select(t => t.Run(stop.Token)).ToArray();
        using var timer = new PeriodicTimer(SampleInterval, time);
        while (!IsOver() && !cancellationToken.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            await Sample();
            TellMore();
            show();
        }

        await stop.CancelAsync();
        await Task.WhenAll(traffic);
        await Drain(timer, show);
        return await DemoResult.Of(this, server, _traffic);
    }

    private bool IsOver() => chronicle.Elapsed >= options.LongestDuration
        || (chronicle.Elapsed >= options.Duration && _aftermathTold);

    private async Task Sample()
    {
        foreach (var traffic in _traffic)
        {
            var description = await server.Tenants.Get(traffic.Tenant.Name).Describe(CancellationToken.None);
            var samples = _samples[traffic.Tenant.Name];
            samples.Enqueue(new DemoSample(chronicle.Elapsed, description!, traffic.Refused));
            while (chronicle.Elapsed - samples.Peek().At > RateSpan && samples.Count > 2) samples.Dequeue();
        }
    }

    private void TellMore()
    {
        if (!_turned && chronicle.Elapsed >= options.TurnsBadAfter)
        {
            _turned = true;
            server.TurnBad(DemoTenant.Bad);
            chronicle.Say(DemoTenant.Bad.Name, string.Create(CultureInfo.InvariantCulture,
                $"Its list goes bad: from now on {DemoTenant.BadBounceRate * 100:0}% of its recipients do not exist."));
        }

        if (_aftermathTold || chronicle.Pauses is not [var pause, ..]) return;
        if (time.GetUtcNow() - pause.StoredAt >= AftermathTold) TellAftermath(pause);
    }

    private void TellAftermath(DemoPause pause)
    {
        _aftermathTold = true;
        var paused = _samples[pause.Tenant].Last();
        chronicle.Say(pause.Tenant, string.Create(CultureInfo.InvariantCulture,
            $"{chronicle.BegunAfterPause(pause.Tenant)} hand-overs began since the pause; {paused.Queued:N0} messages wait in its queue."));
        if (_traffic.First(t => t.Tenant.Name == pause.Tenant).FirstRefusal is { } refusal)
            chronicle.Say(pause.Tenant, $"Its next sends are told: {refusal}");
        foreach (var (tenant, earlier, now) in Latest().Where(t => t.Tenant.Name != pause.Tenant))
        {
            var fate = now.Tenant.Standing.MaySend ? "Goes on" : "Is paused too";
            chronicle.Say(tenant.Name, string.Create(CultureInfo.InvariantCulture,
                $"{fate}: {now.DeliveredPerSecond(earlier):0} delivered a second."));
        }
    }

    /// <summary>Waits until those that may send have nothing open, so that the books can be closed.</summary>
    private async Task Drain(PeriodicTimer timer, Action show)
    {
        var started = time.GetTimestamp();
        do
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            await Sample();
            show();
        }
        while (time.GetElapsedTime(started) < LongestDrain
            && Latest().Any(t => t.Now.Tenant.InHand > 0 || (t.Now.Tenant.Standing.MaySend && t.Now.Books.Open > 0)));
    }
}
