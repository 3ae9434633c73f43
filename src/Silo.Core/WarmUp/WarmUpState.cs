namespace Silo.Core.WarmUp;

/// <summary>What is wrong with a sender's reputation, as far as a warm-up must know.</summary>
public enum WarmUpFinding
{
    None,

    /// <summary>May affect deliverability: an adaptive warm-up stays where it is.</summary>
    Low,

    /// <summary>Likely affects deliverability: an adaptive warm-up steps back.</summary>
    High,
}

/// <summary>
/// How far a warm-up has come and what it let go: all that there is to keep. Days and hours are counted from the warm-up's start.
/// </summary>
/// <param name="Day">The day that the counts are of, from 0: the latest that the clock showed.</param>
/// <param name="Hour">The hour of it, 0 to 23.</param>
/// <param name="PlanDay">The day of the plan whose cap holds, from 0; the plan's length when it is over.</param>
/// <param name="IdleDays">Days without mail up to <paramref name="Day"/>, of which no step back was made yet.</param>
/// <param name="Sent">Recipients taken and not given back in the day.</param>
/// <param name="SentThisHour">Of these, in the hour.</param>
/// <param name="Delivered">Recipients known to be delivered in the day.</param>
/// <param name="Refused">Recipients deferred to slow this sender down, or blocked, in the day.</param>
/// <param name="Finding">What is open now.</param>
/// <param name="WorstFinding">The worst that was open in the day.</param>
public readonly record struct WarmUpState(
    int Day,
    int Hour,
    int PlanDay,
    int IdleDays,
    long Sent,
    long SentThisHour,
    long Delivered,
    long Refused,
    WarmUpFinding Finding,
    WarmUpFinding WorstFinding);

/// <summary>What a warm-up allows and has let go.</summary>
/// <param name="PlanDay">From 0.</param>
/// <param name="Cap">Recipients in the day; null when the plan is over.</param>
/// <param name="Slice">Of these, in the hour; null when the plan is over.</param>
public readonly record struct WarmUpUse(int PlanDay, long? Cap, long? Slice, long SentToday, long SentThisHour);
