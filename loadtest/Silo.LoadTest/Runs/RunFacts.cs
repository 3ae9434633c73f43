using System.Runtime.InteropServices;
using Silo.LoadTest.Servers;

namespace Silo.LoadTest.Runs;

/// <summary>What a reader of a report has to know of the machine and the target to make sense of the figures.</summary>
internal static class RunFacts
{
    public static IReadOnlyDictionary<string, string> Of(ILoadTarget target, RunOptions options)
    {
        var facts = new Dictionary<string, string>(target.Facts)
        {
            ["door"] = options.Door,
            ["seed"] = $"{options.Seed}",
            ["generator, sink"] = "in one process on this machine",
        };
        foreach (var (name, value) in OfMachine()) facts[name] = value;
        if (options.Rate != 1) facts["rate"] = FormattableString.Invariant($"{options.Rate} × the scenario's");
        return facts;
    }

    public static IReadOnlyDictionary<string, string> OfMachine() => new Dictionary<string, string>
    {
        ["cores"] = $"{Environment.ProcessorCount}",
        ["processor"] = Processor() ?? RuntimeInformation.ProcessArchitecture.ToString(),
        ["memory"] = $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20} MiB",
        ["system"] = RuntimeInformation.OSDescription,
        ["runtime"] = RuntimeInformation.FrameworkDescription,
    };

    private static string? Processor()
    {
        try
        {
            var line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
            return line?.Split(':')[1].Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
