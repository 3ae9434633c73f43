using System.Globalization;

namespace Silo.Benchmarks.Cluster;

/// <summary>CPU time that processes have used, from /proc (proc(5)), in µs.</summary>
internal static class CpuTime
{
    private const double MicrosecondsPerTick = 10_000; // USER_HZ is 100.

    public static double OfProcess(int id)
    {
        // The name, in parentheses, may hold blanks.
        var stat = File.ReadAllText($"/proc/{id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var (user, system) = (double.Parse(fields[11], CultureInfo.InvariantCulture), double.Parse(fields[12], CultureInfo.InvariantCulture));
        return (user + system) * MicrosecondsPerTick;
    }

    /// <summary>Of all processes of this name, those that have ended since then included as far as their parent waited for them.</summary>
    public static double OfAllNamed(string name)
    {
        var sum = 0.0;
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var id)) continue;
            try
            {
                if (File.ReadAllText($"{directory}/comm").Trim() == name) sum += OfProcess(id);
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        return sum;
    }
}
