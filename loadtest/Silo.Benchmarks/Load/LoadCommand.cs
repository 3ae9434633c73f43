using System.Collections.Concurrent;
using Silo.Server.Access;
using Silo.Server.Demo;
using Silo.Server.SesApi.Signing;

namespace Silo.Benchmarks.Load;

/// <summary>Signed sends at running silos for a while, as the compose file's load: each second what was accepted and what was not.</summary>
internal static class LoadCommand
{
    private const string Account = "arn:aws:ses:us-east-1:000000000000";

    public static async Task<int> Run(LoadOptions options)
    {
        var time = TimeProvider.System;
        var signer = new RequestSigner(new AccessKey(options.KeyId, options.Secret), "us-east-1");
        var clients = options.Targets.Select(t => new SesClient(t, signer, time)).ToArray();
        await SetUp(clients[0], options.Tenants);

        var latencies = new ConcurrentQueue<double>();
        var refused = new ConcurrentDictionary<int, int>();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(options.Seconds), time);
        var sending = Task.WhenAll(clients.SelectMany(c => Enumerable.Range(0, options.Senders).Select(i => Send(c, i))));
        var accepted = 0L;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (!sending.IsCompleted)
        {
            await Task.WhenAny(sending, timer.WaitForNextTickAsync().AsTask());
            List<double> second = [];
            while (latencies.TryDequeue(out var latency)) second.Add(latency);
            second.Sort();
            accepted += second.Count;
            Console.WriteLine(
                $"{second.Count,6} accepted/s   p50 {At(second, 0.5):F0} ms   p99 {At(second, 0.99):F0} ms   "
                + $"not accepted so far: {string.Join(", ", refused.OrderBy(r => r.Key).Select(r => $"{r.Value} × {r.Key}"))}");
        }

        foreach (var client in clients) client.Dispose();
        Console.WriteLine($"{accepted} accepted, {refused.Values.Sum()} not");
        return accepted > 0 ? 0 : 1;

        async Task Send(SesClient client, int sender)
        {
            for (var i = sender; !stop.IsCancellationRequested; i += options.Senders)
            {
                var began = time.GetTimestamp();
                var status = await TrySend(client, i % options.Tenants, i);
                if (status == StatusCodes.Status200OK) latencies.Enqueue(time.GetElapsedTime(began).TotalMilliseconds);
                else refused.AddOrUpdate(status, 1, (_, n) => n + 1);
                // One that cannot take mail now is asked again, not hammered.
                if (status != StatusCodes.Status200OK) await Task.Delay(TimeSpan.FromMilliseconds(100), time);
            }
        }
    }

    /// <summary>The status of the answer; 0 when there was none.</summary>
    private static async Task<int> TrySend(SesClient client, int tenant, int number)
    {
        try
        {
            var reply = await client.Post("outbound-emails", $$$"""
                {"TenantName":"load-{{{tenant}}}","ConfigurationSetName":"load","FromEmailAddress":"load@load.example",
                "Destination":{"ToAddresses":["user{{{number}}}@recipient.example"]},
                "Content":{"Simple":{"Subject":{"Data":"Number {{{number}}}"},"Body":{"Text":{"Data":"Hello."} } } } }
                """);
            return reply.Status;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            return 0;
        }
    }

    // What is there from a run before is refused, and serves as well.
    private static async Task SetUp(SesClient client, int tenants)
    {
        await client.Post("identities", """{"EmailIdentity":"load.example"}""");
        await client.Post("configuration-sets", """{"ConfigurationSetName":"load"}""");
        for (var i = 0; i < tenants; i++)
        {
            await client.Post("tenants", $$"""{"TenantName":"load-{{i}}"}""");
            foreach (var resource in new[] { "identity/load.example", "configuration-set/load" })
                await client.Post("tenants/resources", $$"""{"TenantName":"load-{{i}}","ResourceArn":"{{Account}}:{{resource}}"}""");
        }
    }

    private static double At(List<double> sorted, double share) => sorted.Count == 0 ? 0 : sorted[(int)(sorted.Count * share)];
}
