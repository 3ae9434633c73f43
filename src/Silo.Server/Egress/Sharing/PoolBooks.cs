using System.Text.Json.Serialization;
using Silo.Core.Limits;
using Silo.Core.WarmUp;

namespace Silo.Server.Egress.Sharing;

/// <summary>What outlives an activation of the account's or a pool's owner. Stored as JSON; whoever replaces it in order is the owner.</summary>
internal sealed record PoolBooks
{
    /// <summary>How often an owner came to life: tells shares and blocks of one from those of another.</summary>
    public long Activations { get; init; }

    /// <summary>The last owner ended when no silo had a share of it.</summary>
    public bool IsAtRest { get; init; }

    /// <summary>By budget.</summary>
    public IReadOnlyDictionary<string, QuotaBook>? Quotas { get; init; }

    /// <summary>By budget.</summary>
    public IReadOnlyDictionary<string, WarmUpBook>? WarmUps { get; init; }
}

/// <summary>How far a warm-up has come, and what it let go.</summary>
/// <param name="Key">As <see cref="WarmUpTerms.Key"/>: under another one it says nothing.</param>
internal sealed record WarmUpBook(long Key, WarmUpState State);

/// <summary>What was taken of a quota over 24 hours.</summary>
/// <param name="Latest">As <see cref="RollingQuotaState.LatestSlot"/>.</param>
/// <param name="Ages">For each slot that is not empty, how many slots it is before the latest one.</param>
/// <param name="Counts">What was taken in these.</param>
internal sealed record QuotaBook(long Latest, IReadOnlyList<long> Ages, IReadOnlyList<int> Counts)
{
    public static QuotaBook Of(RollingQuotaState state) =>
        new(state.LatestSlot, [.. state.Slots.Select(s => state.LatestSlot - s.Slot)], [.. state.Slots.Select(s => s.Count)]);

    public RollingQuotaState ToState() => new(Latest, [.. Ages.Zip(Counts, (age, count) => new QuotaSlot(Latest - age, count))]);
}

/// <summary>Additions must be optional, so that the previous release can read them.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(PoolBooks))]
internal sealed partial class SharingJson : JsonSerializerContext;
