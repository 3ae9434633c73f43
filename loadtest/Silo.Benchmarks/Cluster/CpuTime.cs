using System.Globalization;

namespace Silo.Benchmarks.Cluster;

/// <summary>CPU time that processes have used, from /proc (proc(5)), in µs.</summary>
internal static class CpuTime
{
    private const double MicrosecondsPerTick = 10_000; // USER_HZ is 100.

    // Counted from the field behind the name; the times of children that ended come two fields later.
    private const int Parent = 1;
    private const int UserTime = 11;
    private const int SystemTime = 12;

    public static double OfProcess(int id)
    {
        var fields = Fields(id);
        return (Number(fields, UserTime) + Number(fields, SystemTime)) * MicrosecondsPerTick;
    }

    /// <summary>Of a process and all that it started, also those that have ended.</summary>
    public static double OfFamily(int id)
    {
        var sum = 0.0;
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var member)) continue;
            try
            {
                var fields = Fields(member);
                if (member != id && Number(fields, Parent) != id) continue;
                sum += Number(fields, UserTime) + Number(fields, SystemTime);
                if (member == id) sum += Number(fields, UserTime + 2) + Number(fields, SystemTime + 2);
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        return sum * MicrosecondsPerTick;
    }

    private static double Number(string[] fields, int index) => double.Parse(fields[index], CultureInfo.InvariantCulture);

    private static string[] Fields(int id)
    {
        // The name, in parentheses, may hold blanks.
        var stat = File.ReadAllText($"/proc/{id}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }
}
