namespace Silo.Dns;

/// <summary>
/// Asks name servers: UDP with EDNS0, TCP when truncated, retries, cache by TTL. Thread-safe. Never throws for what a server says or does.
/// </summary>
public sealed class DnsClient : IAsyncDisposable
{
    /// <param name="options">See there.</param>
    /// <param name="time">Timeouts and times to live.</param>
    /// <param name="random">Ids, source ports, server order; used under a lock of the client. <see cref="UnpredictableRandom"/> in production.</param>
    public DnsClient(DnsClientOptions options, TimeProvider time, Random random)
    {
        options.Check();
    }

    /// <summary>Asks, or answers from what it remembers. Equal questions under way at once share one.</summary>
    /// <param name="name">Without or with a final dot; A-label form. One that is no domain name answers BadName; "." is the root.</param>
    /// <param name="type">See there.</param>
    /// <param name="cancellationToken">Ends this wait alone, with an <see cref="OperationCanceledException"/>; others that wait for the same go on.</param>
    public ValueTask<DnsAnswer> Query(string name, DnsRecordType type, CancellationToken cancellationToken)
    {
        throw new NotSupportedException();
    }

    /// <summary>Ends the questions under way: they answer TimedOut.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
