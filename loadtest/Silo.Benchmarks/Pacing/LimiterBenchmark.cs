using Silo.Benchmarks.Engine;
using Silo.Core.Tenants;

namespace Silo.Benchmarks.Pacing;

/// <summary>
/// How exactly a rate is kept while there is backlog: what part of it is used, and by how much any stretch of time exceeds burst + rate x
/// time. For the rate of the account and for that of one tenant, from 1 to 10,000 a second.
/// </summary>
internal static class LimiterBenchmark
{
    public const string Usage = "[--rates 1,10,100,1000,10000] [--seconds 20] [--directory PATH]";

    public static async Task<int> Run(string[] given)
    {
        var arguments = new Arguments(given);
        var seconds = arguments.Number("--seconds", 20);
        foreach (var text in (arguments.Text("--rates") ?? "1,10,100,1000,10000").Split(','))
        {
            var rate = int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
            // At a message a second a short run would count its ends.
            var span = rate < 10 ? Math.Max(seconds, 100) : seconds;
            await Measure(arguments, rate, span, ofAccount: true);
            await Measure(arguments, rate, span, ofAccount: false);
        }

        return 0;
    }

    private static async Task Measure(Arguments arguments, int rate, int seconds, bool ofAccount)
    {
        // A tenth of a second at once, so that a late timer costs nothing. With a burst of 1 the way from a permit to its start is lost.
        var burst = ofAccount ? Math.Max(rate, 1) : Math.Max(rate / 10, 2);
        await using var starts = new NotedStarts(TimeSpan.Zero);
        await using var engine = await MeasuredEngine.Start(
            arguments, settings => settings.Silo.Account.MaxSendRate = ofAccount ? rate : -1, starts);
        var tenant = await engine.Create("a");
        await tenant.SetLimits(new TenantLimits { SendRate = 0.01, SendBurst = 1 }, default);
        await engine.Fill((rate * (seconds + 2)) + burst + 100, i => engine.Send("a", $"m-{i}", $"r{i}@example.org"));
        var own = ofAccount ? 1e6 : rate;
        await tenant.SetLimits(new TenantLimits { SendRate = own, SendBurst = ofAccount ? own : burst }, default);
        // What a full bucket held is not the rate.
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        var from = TimeProvider.System.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
        var to = TimeProvider.System.GetTimestamp();
        var at = starts.Starts.Select(s => s.At).Order().ToArray();
        var used = at.Count(t => t >= from && t < to) / (rate * TimeProvider.System.GetElapsedTime(from, to).TotalSeconds);
        Console.WriteLine(FormattableString.Invariant(
            $"{(ofAccount ? "account" : "tenant"),7} at {rate,6}/s, burst {burst,5}: {100 * used:F2} % of the rate used over {seconds} s, ")
            + FormattableString.Invariant($"at most {Excess(at, rate, burst):F3} above burst + rate x time"));
    }

    /// <summary>The largest number of starts in any stretch of time above what it allows; negative when there was always room left.</summary>
    private static double Excess(long[] at, double rate, double burst)
    {
        var (worst, level) = (double.NegativeInfinity, 0.0);
        for (var i = 0; i < at.Length; i++)
        {
            if (i > 0) level = Math.Max(0, level - (rate * TimeProvider.System.GetElapsedTime(at[i - 1], at[i]).TotalSeconds));
            level++;
            worst = Math.Max(worst, level - burst);
        }

        return worst;
    }
}
