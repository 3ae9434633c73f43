namespace Silo.Core.Pacing;

/// <summary>A part of a pool's quota over 24 hours, or of a warm-up's hour, that one silo may use within a short time. It counts as used from when it was given.</summary>
/// <param name="Number">Later blocks of the same pool have higher numbers, over all of its activations.</param>
/// <param name="Count">Recipients, 1 or more.</param>
/// <param name="Term">For how long it can be reserved of, counted as <see cref="RateShare.Term"/>.</param>
public readonly record struct QuotaBlock(long Number, int Count, TimeSpan Term)
{
    /// <summary>For how long what was reserved of it may start, counted alike; null for as long as any grant.</summary>
    public TimeSpan? StartWithin { get; init; }
}

/// <summary>What a silo did not use of a block so far, all in all: said again when an answer was lost, it is still the same.</summary>
public readonly record struct UnusedBlock(long Number, int Count);
