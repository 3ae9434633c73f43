namespace Silo.Core.Limits;

/// <summary>What a <see cref="RollingQuota"/> has counted.</summary>
/// <param name="LatestSlot">The slot of the latest instant that it saw: whole lengths of a slot since the year 1.</param>
/// <param name="Slots">Those that are not empty, each once.</param>
public sealed record RollingQuotaState(long LatestSlot, IReadOnlyList<QuotaSlot> Slots);

/// <param name="Count">Recipients taken in the slot and not given back.</param>
public readonly record struct QuotaSlot(long Slot, int Count);
