using System.Globalization;
using Silo.Benchmarks.Engine;
using Silo.Core.Reputation;

namespace Silo.Benchmarks.Reputation;

/// <summary>
/// How often good tenants are paused by chance and how much bad ones send until they are paused, by Silo's rule, by the bare ratio and by a
/// ratio with a floor, over true rates and volumes. Prints verdicts and writes tables and plots.
/// </summary>
internal static class ReputationStudy
{
    public const string Usage = "[--tenant-days 30000] [--days 30] [--seed 1] [--report DIRECTORY]";

    // The bounds that the rule was made for: false pauses per tenant-day of tenants at half a threshold or below, and messages until a
    // finding LOW about complaints at twice its threshold.
    private const double MostFalsePauses = 1e-4;
    private const int LowComplaintMedian = 1_500;
    private const int LowComplaintNinety = 4_000;

    private const int LeastTenants = 100;
    private const int MostMessages = 3_000_000;

    private static readonly double[] BounceRates = [0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.125, 0.15, 0.2, 0.3];
    private static readonly double[] ComplaintRates = [0.0001, 0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02];
    private static readonly int[] Volumes = [10, 100, 1_000, 10_000, 100_000, 1_000_000];

    public static Task<int> Run(string[] given)
    {
        var arguments = new Arguments(given);
        var (tenantDays, days, seed) =
            (arguments.Number("--tenant-days", 30_000), arguments.Number("--days", 30), arguments.Number("--seed", 1));
        var thresholds = ReputationThresholds.Default;
        var cells = new List<StudyCell>();
        foreach (var (type, rates) in new[] { (FindingType.Bounce, BounceRates), (FindingType.Complaint, ComplaintRates) })
        {
            foreach (var rate in rates)
            {
                // What matters at great volumes is seen in fewer tenants and days, and each costs a hundred times as much.
                foreach (var volume in Volumes)
                {
                    var tenants = Math.Max(tenantDays / days / Math.Max(volume / 10_000, 1), LeastTenants);
                    cells.Add(new StudyCell(type, rate, volume, tenants, Math.Clamp(MostMessages / volume, 1, days)));
                }
            }
        }

        for (var i = 0; i < cells.Count; i++) Simulate(cells[i], thresholds, unchecked((seed * 7919) + (i * 100_003)));
        var report = new StudyReport(cells, thresholds);
        var holds = Judge(report, cells, thresholds);
        if (arguments.Text("--report") is { } directory) report.Write(directory, $"--tenant-days {tenantDays} --days {days} --seed {seed}");
        return Task.FromResult(holds ? 0 : 1);
    }

    private static void Simulate(StudyCell cell, ReputationThresholds thresholds, int seed)
    {
        var runs = new IReadOnlyList<long?>[cell.Tenants];
        Parallel.For(0, cell.Tenants, i => runs[i] = new StudyTenant(cell, thresholds, seed + i).Run());
        foreach (var run in runs) cell.Add(run);
    }

    private static bool Judge(StudyReport report, List<StudyCell> cells, ReputationThresholds thresholds)
    {
        var holds = true;
        foreach (var type in new[] { FindingType.Bounce, FindingType.Complaint })
        {
            for (var impact = FindingImpact.Low; impact <= FindingImpact.High; impact++)
            {
                var threshold = StudyTenant.ThresholdOf(type, impact, thresholds);
                var (pauses, tenantDays) = report.FalsePauses(type, impact, StudyRule.Bound, upTo: threshold / 2);
                var isReportedOnly = (type, impact) == (FindingType.Complaint, FindingImpact.Low);
                Tell(isReportedOnly || pauses <= tenantDays * MostFalsePauses,
                    $"{type} {impact}: {pauses} false pauses in {tenantDays:N0} tenant-days at half the threshold or below");
                foreach (var cell in cells.Where(c => c.Type == type && Math.Abs(c.TrueRate - (2 * threshold)) < 1e-9 && c.PerDay >= 1_000))
                {
                    var (own, floor) = (cell.Messages(impact, StudyRule.Bound, 0.5), cell.Messages(impact, StudyRule.Floor, 0.5));
                    var p90 = cell.Messages(impact, StudyRule.Bound, 0.9);
                    var isInTime = isReportedOnly ? own <= LowComplaintMedian && p90 <= LowComplaintNinety : own <= floor;
                    Tell(isInTime, $"{type} {impact} at twice the threshold, {cell.PerDay:N0} a day: median {own:N0}, p90 {p90:N0}; with a floor {floor:N0}");
                }
            }
        }

        return holds;

        void Tell(bool isWithin, FormattableString text)
        {
            holds &= isWithin;
            Console.WriteLine($"{(isWithin ? "holds" : "FAILS")}  {text.ToString(CultureInfo.InvariantCulture)}");
        }
    }
}
