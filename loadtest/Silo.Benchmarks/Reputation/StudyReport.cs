using System.Globalization;
using System.Text;
using Silo.Core.Reputation;

namespace Silo.Benchmarks.Reputation;

/// <summary>Tables and plots of a study.</summary>
internal sealed class StudyReport(IReadOnlyList<StudyCell> cells, ReputationThresholds thresholds)
{
    // Below this a tenant has too little mail in a week for any rule with a floor.
    private const int LeastVolume = 1_000;

    private static readonly (FindingType Type, FindingImpact Impact, string Name)[] Thresholds =
    [
        (FindingType.Bounce, FindingImpact.Low, "bounce-low"), (FindingType.Bounce, FindingImpact.High, "bounce-high"),
        (FindingType.Complaint, FindingImpact.Low, "complaint-low"), (FindingType.Complaint, FindingImpact.High, "complaint-high"),
    ];

    public (long Pauses, double TenantDays) FalsePauses(FindingType type, FindingImpact impact, StudyRule rule, double upTo)
    {
        var good = cells.Where(c => c.Type == type && c.TrueRate <= upTo + 1e-12).ToArray();
        return (good.Sum(c => (long)c.Pauses(impact, rule)), good.Sum(c => c.TenantDays(impact, rule)));
    }

    public void Write(string directory, string arguments)
    {
        Directory.CreateDirectory(directory);
        var text = new StringBuilder($"Made by `dotnet run -c Release --project loadtest/Silo.Benchmarks -- reputation {arguments} --report ../../docs`.\n");
        foreach (var (type, impact, name) in Thresholds)
        {
            text.Append(Table(type, impact));
            text.Append(CultureInfo.InvariantCulture, $"\n![Pauses, {name}](reputation-{name}-pauses.svg) ![Messages, {name}](reputation-{name}-messages.svg)\n");
            File.WriteAllText(Path.Combine(directory, $"reputation-{name}-pauses.svg"), PausesPlot(type, impact));
            File.WriteAllText(Path.Combine(directory, $"reputation-{name}-messages.svg"), MessagesPlot(type, impact));
        }

        File.WriteAllText(Path.Combine(directory, "reputation-tables.md"), text.ToString());
    }

    private string Table(FindingType type, FindingImpact impact)
    {
        var threshold = StudyTenant.ThresholdOf(type, impact, thresholds);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"\n### {type} {impact}: above {100 * threshold:0.##} %\n\n| true rate | pauses per 1,000 tenant-days: Silo | with a floor | ratio | messages until the pause, median and p90: Silo | with a floor | ratio |\n|---|---|---|---|---|---|---|\n");
        foreach (var rate in RatesOf(type))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {100 * rate:0.##} % |");
            foreach (var rule in Enum.GetValues<StudyRule>()) text.Append(CultureInfo.InvariantCulture, $" {PausesPerThousand(type, impact, rule, rate):0.###} |");
            foreach (var rule in Enum.GetValues<StudyRule>())
                text.Append(CultureInfo.InvariantCulture, $" {Shown(Messages(type, impact, rule, rate, 0.5))}, {Shown(Messages(type, impact, rule, rate, 0.9))} |");
            text.Append('\n');
        }

        return text.ToString();
    }

    private string PausesPlot(FindingType type, FindingImpact impact)
    {
        var plot = new StudyPlot($"{type} {impact}: pauses of tenants by their true rate", "true rate, %", "pauses per 1,000 tenant-days", Mark(type, impact));
        foreach (var rule in Enum.GetValues<StudyRule>())
            plot.Add(NameOf(rule), [.. RatesOf(type).Select(r => (100 * r, PausesPerThousand(type, impact, rule, r)))]);
        return plot.ToSvg(least: 0.01);
    }

    private string MessagesPlot(FindingType type, FindingImpact impact)
    {
        var plot = new StudyPlot($"{type} {impact}: messages until the pause, median", "true rate, %", "messages", Mark(type, impact));
        foreach (var rule in Enum.GetValues<StudyRule>())
        {
            plot.Add(NameOf(rule), [.. from rate in RatesOf(type)
                                       let messages = Messages(type, impact, rule, rate, 0.5)
                                       where messages is not null
                                       select (100 * rate, (double)messages)]);
        }

        return plot.ToSvg(least: 1);
    }

    private double Mark(FindingType type, FindingImpact impact) => 100 * StudyTenant.ThresholdOf(type, impact, thresholds);

    private double[] RatesOf(FindingType type) => [.. cells.Where(c => c.Type == type).Select(c => c.TrueRate).Distinct().Order()];

    private double PausesPerThousand(FindingType type, FindingImpact impact, StudyRule rule, double rate)
    {
        var alike = cells.Where(c => c.Type == type && c.TrueRate == rate).ToArray();
        return 1_000 * alike.Sum(c => (double)c.Pauses(impact, rule)) / alike.Sum(c => c.TenantDays(impact, rule));
    }

    // Of tenants with enough mail, the worst volume.
    private long? Messages(FindingType type, FindingImpact impact, StudyRule rule, double rate, double part)
    {
        var each = cells.Where(c => c.Type == type && c.TrueRate == rate && c.PerDay >= LeastVolume)
            .Select(c => c.Messages(impact, rule, part)).ToArray();
        return each.Contains(null) ? null : each.Max();
    }

    private static string Shown(long? messages) => messages?.ToString("N0", CultureInfo.InvariantCulture) ?? "never";

    private static string NameOf(StudyRule rule) => rule switch
    {
        StudyRule.Bound => "Silo",
        StudyRule.Floor => "ratio with a floor",
        _ => "bare ratio",
    };
}
