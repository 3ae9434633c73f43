namespace Silo.Server.Retention;

/// <summary>
/// One place in which recipients stand. All that are registered are asked in their order for each erasure. Each step is repeated after a crash,
/// so that doing it twice must be as good as once.
/// </summary>
internal interface IAddressEraser
{
    /// <summary>What it finds, as answers name it: "Events".</summary>
    string Kind { get; }

    /// <summary>Does a bounded piece of the work.</summary>
    /// <param name="erasure">Its address is there.</param>
    ValueTask<EraserStep> Erase(Erasure erasure, CancellationToken cancellationToken);
}

/// <param name="Found">In this step.</param>
/// <param name="Next">The cursor to go on from; null when nothing is left.</param>
/// <param name="RestsFor">With <paramref name="Next"/>: nothing can be done before.</param>
internal readonly record struct EraserStep(long Found, string? Next, TimeSpan RestsFor = default);
