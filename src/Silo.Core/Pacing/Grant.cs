namespace Silo.Core.Pacing;

/// <summary>
/// Reserved at all levels: so many units of a lane may start. Each of them is settled once by <see cref="EgressScheduler.Started"/> and
/// then <see cref="EgressScheduler.Ended"/>, or by <see cref="EgressScheduler.NotStarted"/>; one after the other or together.
/// </summary>
/// <param name="Count">1 or more.</param>
/// <param name="Source">Index into <see cref="SharedLevel.Sources"/> of the lane's level; -1 when it has none.</param>
/// <param name="At">When it was reserved.</param>
public readonly record struct Grant(Lane Lane, int Count, int Source, DateTimeOffset At);
