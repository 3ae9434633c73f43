namespace Silo.Server.Demo;

/// <summary>A tenant's application: sends at its rate, each message a signed SendEmail over HTTP, and counts what it was told.</summary>
internal sealed class DemoTraffic(SesClient client, DemoTenant tenant, int seed, TimeProvider time)
{
    private const int MaxPerTick = 100;
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(50);

    private readonly Random _random = new(seed);
    private long _accepted;
    private long _refused;
    private string? _firstRefusal;

    public DemoTenant Tenant => tenant;

    /// <summary>Messages that the API answered with an id.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Messages that the API refused.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>What the API said to the first one.</summary>
    public string? FirstRefusal => Volatile.Read(ref _firstRefusal);

    /// <summary>Begins nothing more once it is stopped; what began is finished.</summary>
    public async Task Run(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TickInterval, time);
        var started = time.GetTimestamp();
        var begun = 0L;
        var sends = new List<Task>();
        while (!stop.IsCancellationRequested)
        {
            var due = Math.Min((long)(time.GetElapsedTime(started).TotalSeconds * tenant.Rate), begun + MaxPerTick);
            for (; begun < due; begun++) sends.Add(Send(begun));
            await Task.WhenAll(sends);
            sends.Clear();
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task Send(long number)
    {
        var recipient = $"user{_random.Next(1_000_000)}@{tenant.Domains[(int)(number % tenant.Domains.Count)]}";
        var reply = await client.Post("outbound-emails", $$"""
            {
              "TenantName": "{{tenant.Name}}", "ConfigurationSetName": "{{tenant.ConfigurationSet}}",
              "FromEmailAddress": "news@{{tenant.Identity}}", "Destination": { "ToAddresses": ["{{recipient}}"] },
              "Content": { "Simple": {
                "Subject": { "Data": "News {{number}}" },
                "Body": { "Text": { "Data": "Hello, this is message {{number}} of {{tenant.Name}}." } } } }
            }
            """);
        if (reply.IsSuccess)
        {
            Interlocked.Increment(ref _accepted);
            return;
        }

        Interlocked.Increment(ref _refused);
        Interlocked.CompareExchange(ref _firstRefusal, $"{reply.Status} {reply.Body}", null);
    }
}
