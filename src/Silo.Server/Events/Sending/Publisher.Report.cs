namespace Silo.Server.Events.Sending;

internal sealed partial class Publisher
{
    /// <summary>What this silo has seen of a destination; null when it has had nothing to send to it since it last worked.</summary>
    public async ValueTask<DestinationReport?> Report(string destinationId, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<DestinationReport?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() => answer.SetResult(_destinations.TryGetValue(destinationId, out var destination) ? Report(destination) : null));
        // At a stop nobody answers any more.
        await Task.WhenAny(answer.Task, _loop).WaitAsync(cancellationToken);
        return answer.Task.IsCompleted ? await answer.Task : null;
    }

    private DestinationReport Report(DestinationState destination)
    {
        var behind = destination.Pairs.Where(p => p.Failures > 0 || p.Step == PairStep.Held).ToList();
        var next = destination.IsOpen ? destination.ProbeAt
            : behind.Where(p => p.Step == PairStep.Resting).Select(p => p.DueAt).DefaultIfEmpty(0).Min();
        return new DestinationReport(
            destination.Sent, destination.Failed, destination.Dropped, destination.FailingSince, destination.LastSuccessAt,
            destination.FailingSince is null ? null : destination.LastError,
            destination.FailingSince is null || next == 0 ? null : time.GetUtcNow() + time.GetElapsedTime(time.GetTimestamp(), next),
            destination.Pairs.Count(p => p.Step == PairStep.Running), behind.Count, behind.Sum(p => p.Behind), behind.Min(p => p.HeadAt));
    }
}

/// <param name="Sent">Notices taken since this silo started to send to it; likewise <paramref name="FailedAttempts"/> and <paramref name="Dropped"/>.</param>
/// <param name="FailingSince">Nothing but failures since; null while it works.</param>
/// <param name="LastError">Null while it works.</param>
/// <param name="NextAttemptAt">Null while it works.</param>
/// <param name="InHand">POSTs under way.</param>
/// <param name="TenantsWaiting">Tenants whose notices wait behind a failure.</param>
/// <param name="NoticesWaiting">Theirs, as counted last.</param>
/// <param name="OldestAt">When the oldest of them was written; null without any.</param>
internal sealed record DestinationReport(
    long Sent, long FailedAttempts, long Dropped, DateTimeOffset? FailingSince, DateTimeOffset? LastSuccessAt, string? LastError,
    DateTimeOffset? NextAttemptAt, int InHand, int TenantsWaiting, long NoticesWaiting, DateTimeOffset? OldestAt);
