using Silo.Core.WarmUp;

namespace Silo.Server.Egress.Sharing;

/// <summary>A warm-up of a source address, as a whole or towards a provider.</summary>
/// <param name="Position">
/// Where an adaptive plan begins, or has come to as it was last stored; null for where time alone has brought the address.
/// </param>
internal sealed record WarmUpTerms(string Ip, WarmUpPlan Plan, DateTimeOffset StartedAt, TimeSpan? Position)
{
    /// <param name="provider">"" for the address as a whole.</param>
    public static WarmUpTerms? Of(SourceIp ip, string provider)
    {
        var (document, plan) = (ip.Document, provider.Length == 0 ? ip.WarmUp : ip.WarmUpTowards(provider));
        if (plan is null) return null;
        // What warmed up by time, and is managed now, goes on from where it was and does not begin anew.
        var position = document.WarmUp.Position ?? (document.WarmUp.Mode == WarmUpMode.Adaptive ? TimeSpan.Zero : null);
        return new WarmUpTerms(document.Ip, plan, document.WarmUp.StartedAt, position);
    }

    public bool IsOver(DateTimeOffset now) =>
        (Plan.Mode == WarmUpMode.Adaptive ? PositionAt(now) : now - StartedAt) >= TimeSpan.FromDays(Plan.Days);

    /// <summary>The same for the same plan, in all processes; another one for another.</summary>
    public long Key => Plan.DailyCaps.Aggregate(StartedAt.UtcTicks + (int)Plan.Mode, (hash, cap) => unchecked((hash ^ cap) * 1_099_511_628_211));

    /// <summary>One of which nothing is known: an adaptive one goes on from where it was set to.</summary>
    public WarmUpMeter Begin(DateTimeOffset now)
    {
        if (Plan.Mode == WarmUpMode.Time) return new WarmUpMeter(Plan, StartedAt);
        var at = WarmUpSchedule.PositionAt(StartedAt, now);
        return new WarmUpMeter(Plan, StartedAt, new WarmUpState { Day = at.Day, Hour = at.Hour, PlanDay = (int)PositionAt(now).TotalDays });
    }

    private TimeSpan PositionAt(DateTimeOffset now) => Position ?? (now > StartedAt ? now - StartedAt : TimeSpan.Zero);
}
