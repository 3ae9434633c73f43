using Silo.LoadTest.Servers;
using Silo.LoadTest.Sinks.Feedback;

namespace Silo.LoadTest.Runs;

/// <summary>The way back to a server that is started after the sink, since it has to know where that is.</summary>
internal sealed class LateFeedbackDoor : IFeedbackDoor
{
    private IFeedbackDoor? _door;

    public long Told => _door?.Told ?? 0;

    public long Failed => _door?.Failed ?? 0;

    public void Open(IFeedbackDoor door) => _door = door;

    public bool TryReport(Feedback feedback) => _door?.TryReport(feedback) ?? false;

    public ValueTask DisposeAsync() => _door?.DisposeAsync() ?? ValueTask.CompletedTask;
}
