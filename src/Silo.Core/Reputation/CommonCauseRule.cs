namespace Silo.Core.Reputation;

/// <summary>
/// When bounces or blocks on one route are the route's and not the tenants': they rise for at least three tenants that are known to be good
/// (or for all of two), who are at least half of those that are known and send, and in the sum of all.
/// </summary>
/// <remarks>
/// "Known to be good" is what keeps a sender of bad lists from hiding behind tenants of its own: a tenant counts only by its record on this
/// route from before, so new ones neither bring a finding about nor gain by one about bounces. "Rises" is judged by the exact lower bound
/// of the share (<see cref="BetaBounds"/>) against four times what was usual, and 5 % at least.
/// </remarks>
internal static class CommonCauseRule
{
    public const int KnownVolume = 50;
    public const double GoodShare = 0.05;
    public const int LeastBad = 5;

    private const double LeastThreshold = 0.05;
    private const double MostThreshold = 0.5;
    private const double Rise = 4;
    private const double TenantErrorLevel = 0.01;
    private const double RouteErrorLevel = 0.00135;
    private const int EnoughTenants = 3;
    private const int LeastToClose = 20;

    public static bool IsKnownGood(RouteTally past, RouteFindingType type) => past.Volume >= KnownVolume && past.ShareOf(type) <= GoodShare;

    public static bool HasRisen(RouteTally recent, RouteTally past, RouteFindingType type) => recent.Of(type) >= LeastBad
        && BetaBounds.LowerExceeds(recent.Of(type), recent.Volume, Threshold(past, type), TenantErrorLevel);

    /// <param name="known">Tenants that are known to be good and have outcomes in the window.</param>
    /// <param name="affected">Of them, those for whom it has risen.</param>
    public static bool Opens(RouteTally recent, RouteTally past, RouteFindingType type, int known, int affected) =>
        affected * 2 >= known && (affected >= EnoughTenants || (affected == known && affected == EnoughTenants - 1))
        && BetaBounds.LowerExceeds(recent.Of(type), recent.Volume, Threshold(past, type), RouteErrorLevel);

    public static bool Closes(RouteTally recent, RouteTally past, RouteFindingType type) => recent.Volume >= LeastToClose
        && BetaBounds.UpperIsBelow(recent.Of(type), recent.Volume, Threshold(past, type), TenantErrorLevel);

    private static double Threshold(RouteTally past, RouteFindingType type) =>
        Math.Clamp(Rise * past.ShareOf(type), LeastThreshold, MostThreshold);
}
