namespace Silo.Storage.Insights;

/// <summary>
/// The last delivery and engagement event of a recipient as rows hold them. The numbers are stored. Their order is SES's: SEND, a bounce,
/// DELIVERY, COMPLAINT; OPEN before CLICK. Of two bounces the later holds.
/// </summary>
public static class InsightEvents
{
    public const int Send = 0;
    public const int TransientBounce = 1;
    public const int PermanentBounce = 2;
    public const int UndeterminedBounce = 3;
    public const int Delivery = 4;
    public const int Complaint = 5;

    public const int None = 0;
    public const int Open = 1;
    public const int Click = 2;

    /// <summary>By their numbers, as SES names them.</summary>
    public static IReadOnlyList<string> DeliveryNames { get; } =
        ["SEND", "TRANSIENT_BOUNCE", "PERMANENT_BOUNCE", "UNDETERMINED_BOUNCE", "DELIVERY", "COMPLAINT"];

    /// <summary>By their numbers less one.</summary>
    public static IReadOnlyList<string> EngagementNames { get; } = ["OPEN", "CLICK"];

    /// <summary>What holds after both, the later one second.</summary>
    public static int MergeDelivery(int before, int after) =>
        before >= Delivery || after >= Delivery ? Math.Max(before, after) : after > Send ? after : before;

    /// <summary>The same in SQL.</summary>
    internal static string MergeDeliverySql(string before, string after) =>
        $"CASE WHEN {before} >= {Delivery} OR {after} >= {Delivery} THEN {Larger(before, after)} WHEN {after} > {Send} THEN {after} ELSE {before} END";

    internal static string Larger(string before, string after) => $"CASE WHEN {after} > {before} THEN {after} ELSE {before} END";
}
