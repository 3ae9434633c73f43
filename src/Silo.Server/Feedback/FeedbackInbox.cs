using System.Threading.Channels;
using Silo.Server.Delivery;
using Silo.Server.Tenants;

namespace Silo.Server.Feedback;

/// <summary>
/// Takes feedback from anywhere and brings it to the tenants in batches, in the order of arrival per tenant. Feedback is a fact: what
/// could not be stored is tried again until it is. Bounded; what comes beyond the bound is refused and counted.
/// </summary>
public sealed partial class FeedbackInbox(ITenants tenants, TimeProvider time, ILogger<FeedbackInbox> logger)
    : IFeedbackSink, IAsyncDisposable
{
    private const int Capacity = 1_000_000;
    private const int MostPerRound = 4_096;

    private readonly Channel<DeliveryFeedback> _inbox =
        Channel.CreateBounded<DeliveryFeedback>(new BoundedChannelOptions(Capacity) { SingleReader = true });

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private long _refused;
    private int _disposed;

    /// <summary>Pieces that came while the inbox was full.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    public void Start() => _loop = Task.Run(Run, CancellationToken.None);

    public void Report(DeliveryFeedback feedback)
    {
        if (_inbox.Writer.TryWrite(feedback)) return;
        if (Interlocked.Increment(ref _refused) == 1) LogFull(Capacity);
    }

    /// <summary>Takes nothing more and waits until what is here is stored.</summary>
    public async Task Drain(TimeSpan atMost)
    {
        _inbox.Writer.TryComplete();
        await _loop.WaitAsync(atMost, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        // The container knows it by two names and disposes it by both.
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        await _stop.CancelAsync();
        _inbox.Writer.TryComplete();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task Run()
    {
        var round = new List<DeliveryFeedback>();
        while (await _inbox.Reader.WaitToReadAsync(_stop.Token))
        {
            round.Clear();
            while (round.Count < MostPerRound && _inbox.Reader.TryRead(out var feedback)) round.Add(feedback);
            // Side by side, so that a tenant that cannot be told now holds up the round, not the others within it.
            await Task.WhenAll(round.GroupBy(f => f.TenantName, StringComparer.Ordinal).Select(g => Store(g.Key, g.ToArray())));
        }
    }

    private async Task Store(string tenantName, IReadOnlyList<DeliveryFeedback> feedback)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await tenants.Get(tenantName).Report(feedback, _stop.Token);
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotStored(tenantName, feedback.Count, e);
                await Task.Delay(TimeSpan.FromSeconds(1), time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(3001, LogLevel.Error, "Feedback inbox is full at {Capacity} pieces; more is refused")]
    private partial void LogFull(int capacity);

    [LoggerMessage(3002, LogLevel.Error, "{Pieces} pieces of feedback for tenant {TenantName} could not be stored; tried again in a second")]
    private partial void LogNotStored(string tenantName, int pieces, Exception exception);
}
