using Silo.Core.WarmUp;
using Silo.Server.SesApi;

namespace Silo.Server.AdminApi;

/// <summary>A dry run: what a warm-up plan would let leave and keep waiting, day by day. Nothing is stored.</summary>
internal static class PlanWarmUp
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PlanWarmUp", "POST", "/silo/v1/warm-up/plan", AdminJson.Default.PlanWarmUpRequest, Handle);

    private static ValueTask<SesAnswer> Handle(SesCall call, PlanWarmUpRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (checks.Required(request.DailyVolume, "DailyVolume")) checks.Range(request.DailyVolume, "DailyVolume", 0, WarmUpPlan.MaxCap);
        var plan = WarmUpPlan.Automatic;
        if (request.DailyCaps is { } caps)
        {
            var (custom, problems) = WarmUpPlan.Create(caps);
            foreach (var problem in problems) checks.Fail(Sentence(problem, "DailyCaps"));
            plan = custom ?? plan;
        }

        if (checks.Error is { } refused) return ValueTask.FromResult<SesAnswer>(refused);
        var today = DateOnly.FromDateTime(call.Services.Time.GetUtcNow().UtcDateTime);
        var calendar = WarmUpCalendar.Of(plan, request.DailyVolume!.Value, request.FirstDay ?? today);
        return ValueTask.FromResult(SesAnswer.Json(
            new PlanWarmUpResponse([.. calendar.Days.Select(d => new PlannedDay(d.Day, d.Date, d.Cap, d.Sends, d.Waits))], calendar.LongestWaitDays),
            AdminJson.Default.PlanWarmUpResponse));
    }

    /// <param name="member">The path of the list of caps.</param>
    public static string Sentence(WarmUpPlanProblem problem, string member) => problem.Error switch
    {
        WarmUpPlanError.Empty => $"{member} must have at least one day",
        WarmUpPlanError.TooLong => $"{member} must have at most {WarmUpPlan.MaxDays} days, not {problem.Day}",
        WarmUpPlanError.CapOutOfRange => $"{member}[{problem.Day}] must be 1 to {WarmUpPlan.MaxCap}",
        _ => $"{member}[{problem.Day}] must not be below the day before's",
    };
}

/// <param name="DailyVolume">Messages that come each day.</param>
/// <param name="DailyCaps">A plan of one's own; absent for the automatic one of 45 days.</param>
/// <param name="FirstDay">Absent for today (UTC).</param>
internal sealed record PlanWarmUpRequest(long? DailyVolume, IReadOnlyList<long>? DailyCaps, DateOnly? FirstDay);

/// <param name="LongestWaitDays">Absent when mail still waits at the end of the calendar.</param>
internal sealed record PlanWarmUpResponse(IReadOnlyList<PlannedDay> Days, int? LongestWaitDays);

/// <param name="Cap">Absent once the plan is over.</param>
internal sealed record PlannedDay(int Day, DateOnly Date, long? Cap, long Sends, long Waits);
