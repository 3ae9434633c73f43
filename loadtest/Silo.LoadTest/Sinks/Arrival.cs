using Silo.LoadTest.Marks;

namespace Silo.LoadTest.Sinks;

/// <summary>How an attempt ended here; a closed set.</summary>
internal enum ArrivalEnd
{
    Delivered,
    Deferred,
    RateLimited,
    HardBounced,
    SoftBounced,
}

/// <summary>One attempt at a message that is known by its mark.</summary>
/// <param name="Mark">Its <see cref="LoadMark.Due"/> is 0 when it was refused before its header was seen.</param>
/// <param name="BegunAt">MAIL, or the call: a timestamp of the sink's clock.</param>
/// <param name="EndedAt">Its last answer; the same clock.</param>
/// <param name="At">UTC of <paramref name="EndedAt"/>.</param>
/// <param name="Provider">Name of the profile; empty for none.</param>
internal readonly record struct Arrival(LoadMark Mark, long BegunAt, long EndedAt, DateTimeOffset At, ArrivalEnd End, string Provider);
